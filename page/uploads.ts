import Uppy from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import Tus from '@uppy/tus';
import { DefaultHttpStack, DetailedError, type HttpRequest } from 'tus-js-client';
import { Refusal, type Api } from './api.js';
import { bytes } from './format.js';
import { Speed } from './speed.js';

/** Bytes of a request: what a lost connection costs at most to send again is less, because the server keeps what came. */
const CHUNK = 64 * 1024 * 1024;

/** The part of the page that uploads. */
export interface Uploads {
  /** Where the files that are added next go. */
  choose(storage: string): void;
}

/**
 * Shows where files are dropped, and uploads them in a way that can be resumed.
 * @param stored Called when a file is stored, with its storage.
 * @param failed Called with why a file is not.
 */
export function uploads(
  api: Api,
  places: { readonly dashboard: HTMLElement; readonly speed: HTMLElement },
  stored: (storage: string) => void,
  failed: (error: Refusal) => void,
): Uploads {
  let storage = '';
  const speed = new Speed();
  const uppy = new Uppy({
    // The same file for another storage is another upload.
    onBeforeFileAdded: (file) => ({ ...file, id: `${storage}/${file.id}`, meta: { ...file.meta, storage } }),
  });
  uppy.use(Dashboard, {
    inline: true,
    target: places.dashboard,
    width: '100%',
    height: 320,
    theme: 'auto',
    proudlyDisplayPoweredByUppy: false,
    hideProgressDetails: false,
    note: 'Drop files here, or choose them',
  });
  uppy.use(Tus, {
    endpoint: api.uploads(storage),
    chunkSize: CHUNK,
    retryDelays: [0, 500, 1000, 3000, 5000, 10_000],
    removeFingerprintOnSuccess: true,
    allowedMetaFields: ['name', 'type'],
    httpStack: new OwnOrigin(api),
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(api.headers)) request.setHeader(name, value);
    },
  });
  uppy.on('file-added', ({ id }) => {
    uppy.setFileState(id, { tus: { endpoint: api.uploads(storage) } });
  });
  uppy.on('upload-progress', () => {
    const moving = uppy
      .getFiles()
      .filter(({ progress }) => !progress.uploadComplete && progress.uploadStarted);
    const total = moving.reduce((sum, { progress }) => sum + (progress.bytesUploaded || 0), 0);
    places.speed.textContent = `${bytes(speed.of(total))}/s`;
  });
  uppy.on('upload-success', (file) => {
    if (typeof file?.meta.storage === 'string') stored(file.meta.storage);
  });
  uppy.on('upload-error', (file, error) => failed(refusalOf(file?.name ?? '', error)));
  const rest = (): void => {
    speed.forget();
    places.speed.textContent = '';
  };
  uppy.on('complete', rest);
  uppy.on('cancel-all', rest);
  // What still moves is shown again at its next bytes.
  uppy.on('upload-pause', rest);
  uppy.on('pause-all', rest);
  return { choose: (name) => void (storage = name) };
}

/** A server that calls itself otherwise than the page was asked for is where the page is, too, and the page may ask nobody else. */
class OwnOrigin extends DefaultHttpStack {
  constructor(private readonly api: Api) {
    super({});
  }

  override createRequest(method: string, url: string): HttpRequest {
    return super.createRequest(method, method === 'POST' ? url : this.api.upload(url));
  }
}

/** What the server says of the file `name` in its own words, or else what the client says. */
function refusalOf(name: string, error: Error): Refusal {
  const answer = error instanceof DetailedError ? error.originalResponse : undefined;
  let why = error.message;
  try {
    const { detail } = JSON.parse(answer?.getBody() ?? '') as { readonly detail?: unknown };
    if (typeof detail === 'string') why = detail;
  } catch {
    // It is no answer of the server.
  }
  return new Refusal(`${name}: ${why}`, answer?.getStatus() ?? 0);
}
