// The page of a test: Uppy and its plug-in as they are, driven from outside by what it puts into `globalThis`.
import AwsS3 from '@uppy/aws-s3';
import { Uppy } from '@uppy/core';

const MIB = 1024 * 1024;
const tickets = new Map();

/** As docs/uppy.md shows it. */
function signRequest(base, token) {
  return async (request) => {
    const isWhole = request.method === 'PUT' && request.uploadId === undefined;
    // With `shouldUseMultipart: true` it is an empty file that is sent as a whole.
    const size = isWhole && globalThis.uppy.opts.meta.parts ? 0 : undefined;
    const response = await fetch(`${base}/sign`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ ...request, size }),
    });
    const signed = await response.json();
    if (!response.ok) throw new Error(`${signed.code}: ${signed.detail}`);
    if (isWhole) tickets.set(signed.fields?.key ?? signed.key, signed.ticket);
    return signed;
  };
}

async function confirm(base, token, body) {
  const response = await fetch(`${base}/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  return response.ok ? answer : Promise.reject(new Error(`${answer.code}: ${answer.detail}`));
}

globalThis.begin = ({ mode, base, token, parts = true }) => {
  const uppy = new Uppy({ meta: { parts } });
  uppy.use(AwsS3, {
    shouldUseMultipart: parts,
    ...(mode === 'companion' ? { companionEndpoint: base } : { signRequest: signRequest(base, token) }),
  });
  uppy.on('s3-multipart:part-uploaded', (_, { PartNumber }) => {
    globalThis.sent.push(PartNumber);
    if (PartNumber === globalThis.pauseAfter) {
      globalThis.pauseAfter = undefined;
      uppy.pauseAll();
      globalThis.paused = true;
    }
  });
  uppy.on('upload-progress', (_, { bytesUploaded }) => (globalThis.uploaded = bytesUploaded));
  Object.assign(globalThis, { uppy, sent: [], uploaded: 0, outcome: undefined });
};

/** Adds a file of `size` bytes that all differ from their neighbours, or of a text. */
globalThis.add = ({ name, type, size, text }) => {
  const bytes = new Uint8Array(size ?? 0);
  for (let at = 0; at < bytes.length; at += MIB) bytes.fill(at / MIB + 1, at, at + MIB);
  return globalThis.uppy.addFile({ name, type, data: new Blob([text ?? bytes], { type }) });
};

/** Uploads, and leaves the outcome where the test finds it. */
globalThis.upload = (base, token) => {
  globalThis.outcome = undefined;
  const done = async ({ successful, failed }) => {
    const files = await Promise.all(
      successful.map(async ({ response }) => {
        const { key } = response.body;
        const ticket = tickets.get(key);
        if (ticket !== undefined) return confirm(base, token, { ticket });
        // Of Companion's form: the cookie says who it is.
        return key.startsWith('pending/') ? confirm(base, undefined, { key }) : response.body;
      }),
    );
    return { files, failed: failed.map(({ error }) => error) };
  };
  const whole = globalThis.uppy.upload().then(done);
  void whole
    .catch((error) => ({ files: [], failed: [error.message] }))
    .then((outcome) => (globalThis.outcome = outcome));
};

globalThis.retry = () => {
  globalThis.outcome = undefined;
  void globalThis.uppy.retryAll().then(({ successful, failed }) => {
    globalThis.outcome = {
      files: successful.map(({ response }) => response.body),
      failed: failed.map(({ error }) => error),
    };
  });
};
