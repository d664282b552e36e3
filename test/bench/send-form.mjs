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
  const headers = { 'content-type': bare ? 'audio/mpeg' : 'multipart/form-data; boundary=bench' };
  await send({ port, method: 'POST', path: '/api/audio/upload', headers }, 201, { head, mib, tail });
}

/** Uploads `mib` MiB of audio by tus, in one PATCH. @throws Error unless all of it is stored. */
export async function sendTus(port, mib) {
  const tus = { 'tus-resumable': '1.0.0' };
  const metadata = Object.entries({ filename: 'a.mp3', filetype: 'audio/mpeg' })
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join();
  const begin = { ...tus, 'upload-length': mib * MiB, 'upload-metadata': metadata };
  const { location } = await send({ port, method: 'POST', path: '/api/audio/tus', headers: begin }, 201);
  const headers = { ...tus, 'upload-offset': 0, 'content-type': 'application/offset+octet-stream' };
  const path = new URL(location, 'http://bench/api/audio/tus').pathname;
  await send({ port, method: 'PATCH', path, headers }, 204, { mib });
}

/** @returns The headers of the answer. @throws Error for another `status`. */
async function send({ headers, ...target }, status, { head = '', mib = 0, tail = '' } = {}) {
  const length = head.length + mib * MiB + tail.length;
  const request = http.request({
    host: '127.0.0.1',
    ...target,
    headers: { ...headers, 'content-length': length },
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
  if (response.statusCode !== status) throw new Error(`${response.statusCode} ${text}`);
  return response.headers;
}
