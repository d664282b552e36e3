import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuOf, peakOf, rate } from './measure.mjs';
import { portOf } from './port-of.mjs';
import { sendForm } from './send-form.mjs';

const COUNT = 50;
const MIB = 100;
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
        sendForm(port, MIB).catch((error) => (errors++, console.error(String(error)))),
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
