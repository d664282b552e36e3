import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { cpuOf, peakOf, rate } from './measure.mjs';
import { portOf } from './port-of.mjs';

const MiB = 1 << 20;
const COUNT = 50;
const MIB = 100;
const block = Buffer.alloc(MiB, 'stowage ');
const loopDelay = new URL('loop-delay.mjs', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** 50 uploads of 100 MiB at once over HTTP through the reference server, with a heap of 256 MiB, to an S3 server. */
export async function uploadsOverHttp({ name, endpoint, region, bucket, credentials }) {
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=256', `--import=${loopDelay}`, 'dist/app/main.js'],
    {
      cwd: root,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: '0',
        STORAGE_PROVIDER: 's3',
        S3_ENDPOINT: endpoint,
        S3_REGION: region,
        S3_BUCKET: bucket,
        S3_BUCKET_AUDIO: bucket,
        S3_ACCESS_KEY: credentials.accessKeyId,
        S3_SECRET_KEY: credentials.secretAccessKey,
        S3_FORCE_PATH_STYLE: 'true',
        S3_PROFILE: name === 'null' ? 'aws' : name,
        MAX_UPLOAD_SIZE: '',
        MAX_FILE_SIZE_MB: '200',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  try {
    const port = await portOf(child);
    let errors = 0;
    const before = cpuOf(child.pid);
    const started = performance.now();
    await Promise.all(
      Array.from({ length: COUNT }, () =>
        upload(port).catch((error) => (errors++, console.error(String(error)))),
      ),
    );
    const seconds = (performance.now() - started) / 1000;
    const result = rate({ seconds, cpuMicros: cpuOf(child.pid) - before, count: COUNT, mib: MIB });
    child.send('loop-delay');
    const [{ loopP99Ms }] = await once(child, 'message');
    return { ...result, rssMiB: peakOf(child.pid), errors, loopP99Ms };
  } finally {
    child.kill();
  }
}

async function upload(port) {
  const head =
    '--bench\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n';
  const tail = '\r\n--bench--\r\n';
  const request = http.request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/api/audio/upload',
    headers: {
      'content-type': 'multipart/form-data; boundary=bench',
      'content-length': head.length + MIB * MiB + tail.length,
    },
  });
  const answered = once(request, 'response');
  answered.catch(() => undefined);
  request.write(head);
  for (let i = 0; i < MIB; i++)
    if (!request.write(block)) await Promise.race([once(request, 'drain'), answered]);
  request.end(tail);
  const [response] = await answered;
  let text = '';
  for await (const chunk of response) text += chunk;
  if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${text}`);
}
