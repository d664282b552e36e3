import * as tus from 'tus-js-client';
import { within } from '../../support/within.js';

/** What a client knows when it has uploaded something. */
export interface ClientResult {
  readonly url: string;
  /** Of its last answer. */
  readonly header: (name: string) => string | undefined;
}

export type ClientOptions = Omit<Partial<tus.UploadOptions>, 'onSuccess' | 'onError'>;

/** A client of tus-js-client that uploads `content`, and what becomes of it. */
export function tusClient(
  endpoint: string,
  content: Buffer,
  options: ClientOptions = {},
): { readonly upload: tus.Upload; readonly done: Promise<ClientResult> } {
  let settle: { readonly resolve: (result: ClientResult) => void; readonly reject: (error: unknown) => void };
  const done = new Promise<ClientResult>((resolve, reject) => (settle = { resolve, reject }));
  done.catch(() => undefined);
  const upload: tus.Upload = new tus.Upload(content, {
    endpoint,
    retryDelays: [50, 100, 200, 400, 800, 1600, 3200],
    ...options,
    onSuccess: ({ lastResponse }) =>
      settle.resolve({ url: upload.url ?? '', header: (name) => lastResponse.getHeader(name) }),
    onError: (error) => settle.reject(error),
  });
  return { upload, done };
}

/** Uploads all of `content`. @throws what the client fails with. */
export async function uploadAll(
  endpoint: string,
  content: Buffer,
  options: ClientOptions = {},
  ms = 30_000,
): Promise<ClientResult> {
  const { upload, done } = tusClient(endpoint, content, options);
  upload.start();
  return within(done, 'the upload', ms);
}
