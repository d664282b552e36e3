import { once } from 'node:events';
import http from 'node:http';

const MiB = 1 << 20;
const block = Buffer.alloc(MiB, 'stowage ');
// What an MP3 file begins with: the server looks at it. https://id3.org/id3v2.3.0
const first = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\0\xff\xfb\x90\0', 'latin1'), block.subarray(14)]);

/**
 * Posts `mib` MiB of audio to the reference server on `port`, in a form, or bare.
 * @throws Error unless it answers 201.
 */
export async function sendForm(port, mib, { bare = false } = {}) {
  const head = bare
    ? ''
    : '--bench\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n';
  const tail = bare ? '' : '\r\n--bench--\r\n';
  const request = http.request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/api/audio/upload',
    headers: {
      'content-type': bare ? 'audio/mpeg' : 'multipart/form-data; boundary=bench',
      'content-length': head.length + mib * MiB + tail.length,
    },
  });
  const answered = once(request, 'response');
  answered.catch(() => undefined);
  request.write(head);
  for (let i = 0; i < mib; i++)
    if (!request.write(i === 0 ? first : block)) await Promise.race([once(request, 'drain'), answered]);
  request.end(tail);
  const [response] = await answered;
  let text = '';
  for await (const chunk of response) text += chunk;
  if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${text}`);
}
