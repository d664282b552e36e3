import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import http from 'node:http';
import { Readable } from 'node:stream';

const PART = 8 << 20;
const AT_ONCE = 4;
const GATHER = 1 << 20;
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/**
 * The least that each work needs: node:http with keep-alive and SigV4 by hand, no checksum, nothing tried again. A stream is one PUT,
 * because its length is known here; a file goes in parts, by pread into four buffers; a download is one GET whose chunks
 * are gathered into writes of 1 MiB.
 */
export function raw({ endpoint, region, bucket, credentials }) {
  const { hostname, port, host } = new URL(endpoint);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const sign = signer({ host, region, credentials });
  const request = (method, key, query, headers, body) =>
    new Promise((resolve, reject) => {
      const path = `/${bucket}/${key}`;
      const sent = http.request(
        {
          agent,
          host: hostname,
          port,
          method,
          path: query ? `${path}?${query}` : path,
          headers: { ...sign(method, path, query), ...headers },
        },
        (response) => {
          if (response.statusCode < 300) return resolve(response);
          collect(response).then((text) => reject(new Error(`${response.statusCode} ${text}`)), reject);
        },
      );
      sent.on('error', reject);
      if (body instanceof Readable) body.pipe(sent);
      else sent.end(body);
    });
  const finish = async (response) => ({ headers: response.headers, text: `${await collect(response)}` });

  return {
    async putStream(key, stream, size) {
      await finish(await request('PUT', key, '', { 'content-length': size }, stream));
    },

    async putFile(key, path, size) {
      const created = await finish(await request('POST', key, 'uploads=', { 'content-length': 0 }));
      const id = encodeURIComponent(/<UploadId>(.*?)</.exec(created.text)[1]);
      const tags = [];
      const file = await open(path);
      let next = 0;
      const send = async () => {
        const buffer = Buffer.allocUnsafeSlow(PART);
        for (let part = next++; part * PART < size; part = next++) {
          const length = Math.min(PART, size - part * PART);
          for (let got = 0; got < length;) {
            const { bytesRead } = await file.read(buffer, got, length - got, part * PART + got);
            got += bytesRead;
          }
          const query = `partNumber=${part + 1}&uploadId=${id}`;
          const sent = await request(
            'PUT',
            key,
            query,
            { 'content-length': length },
            buffer.subarray(0, length),
          );
          tags[part] = (await finish(sent)).headers.etag;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, send));
      await file.close();
      const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
      const xml = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const headers = { 'content-length': xml.length };
      const { text } = await finish(await request('POST', key, `uploadId=${id}`, headers, xml));
      if (!text.includes('CompleteMultipartUploadResult')) throw new Error(text);
    },

    async getFile(key, path) {
      const body = await request('GET', key, '', {});
      const file = await open(path, 'w');
      await gathered(body, file.fd);
      await file.close();
    },
  };
}

/** Writes `body` at its place in the file `fd`, 1 MiB at a time, at most four writes at once. */
function gathered(body, fd) {
  return new Promise((resolve, reject) => {
    let chunks = [];
    let length = 0;
    let position = 0;
    let pending = 0;
    let ended = false;
    const flush = () => {
      if (length === 0) return;
      const at = position;
      const all = chunks;
      position += length;
      chunks = [];
      length = 0;
      pending++;
      fs.writev(fd, all, at, (error) => {
        pending--;
        if (error) return reject(error);
        if (pending < AT_ONCE) body.resume();
        if (ended && pending === 0) resolve();
      });
    };
    body.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < GATHER) return;
      flush();
      if (pending >= AT_ONCE) body.pause();
    });
    body.on('error', reject).on('end', () => {
      ended = true;
      flush();
      if (pending === 0) resolve();
    });
  });
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });
}

/** SigV4 in headers by hand, for keys that need no encoding and bodies that are not signed, with one key a day. */
function signer({ host, region, credentials: { accessKeyId, secretAccessKey } }) {
  let day = '';
  let key;
  return (method, path, query) => {
    const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${now.slice(0, 8)}/${region}/s3/aws4_request`;
    if (day !== now.slice(0, 8)) {
      day = now.slice(0, 8);
      key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), 's3'), 'aws4_request');
    }
    const payload = 'UNSIGNED-PAYLOAD';
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const canonical =
      `${method}\n${path}\n${query}\nhost:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${now}\n\n` +
      `${names}\n${payload}`;
    const hash = createHash('sha256').update(canonical).digest('hex');
    const signature = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256\n${now}\n${scope}\n${hash}`)
      .digest('hex');
    return {
      host,
      'x-amz-content-sha256': payload,
      'x-amz-date': now,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}
