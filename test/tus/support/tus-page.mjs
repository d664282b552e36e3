// The page of a test: tus-js-client as it is, driven from outside by what it puts into `globalThis`.
import * as tus from 'tus-js-client';

const { document } = globalThis;
const input = document.createElement('input');
input.type = 'file';
document.body.append(input);

/** What the client was answered, how far it is, and what it came to: the test reads them. */
Object.assign(globalThis, { answers: [], accepted: 0, found: undefined, outcome: undefined });

/** Sends bytes of the file by hand, and gives the status. */
globalThis.patch = async (url, offset, from, to) => {
  const { status } = await fetch(url, {
    method: 'PATCH',
    headers: {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset),
    },
    body: input.files[0].slice(from, to),
  });
  return status;
};

/**
 * Uploads the file.
 * @param resumes Whether it goes on with what the browser has kept of an earlier visit.
 * @param overtaken Bytes that another request brings right before each PATCH that begins there: `{ at, to }`.
 */
globalThis.begin = async ({ endpoint, uploadUrl, chunkSize, resumes = false, overtaken }) => {
  const [file] = input.files;
  const upload = new tus.Upload(file, {
    endpoint,
    ...(uploadUrl && { uploadUrl }),
    ...(chunkSize && { chunkSize }),
    metadata: { filename: file.name, filetype: file.type },
    // A server that is started again on a machine that is busy takes a while.
    retryDelays: Array.from({ length: 120 }, () => 250),
    onChunkComplete: (_, accepted) => (globalThis.accepted = accepted),
    async onBeforeRequest(request) {
      if (request.getMethod() !== 'PATCH' || Number(request.getHeader('Upload-Offset')) !== overtaken?.at)
        return;
      await globalThis.patch(request.getURL(), overtaken.at, overtaken.at, overtaken.to);
    },
    onAfterResponse(request, response) {
      const offset = response.getHeader('Upload-Offset');
      globalThis.answers.push({
        method: request.getMethod(),
        status: response.getStatus(),
        offset: offset === null ? undefined : Number(offset),
      });
    },
    onSuccess: ({ lastResponse }) =>
      (globalThis.outcome = { url: upload.url, key: lastResponse.getHeader('Stowage-Key') }),
    onError: (error) => (globalThis.outcome = { failed: error.message }),
  });
  if (resumes) {
    const earlier = await upload.findPreviousUploads();
    globalThis.found = earlier.map((one) => one.uploadUrl);
    upload.resumeFromPreviousUpload(earlier[0]);
  }
  upload.start();
};
