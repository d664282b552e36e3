import type { HostileCase } from '../hostile-case.js';
import type { Reply } from './reply.js';
import { asAnn } from './request.js';
import { exchange } from './wire.js';
import type { World } from './world.js';

interface Uploaded {
  readonly key: string;
  readonly name: string;
  readonly url: string;
  readonly contentType: string;
}

/** A date and a UUID, which nothing of the request goes into but the extension of its type. */
const KEY = /^[a-z0-9/-]{36,}(?:\.[a-z0-9]+)?$/;

export const uploadedBy = ({ body }: Reply): Uploaded => JSON.parse(body.toString()) as Uploaded;

/**
 * That an upload was stored under the name `name`, and what comes back when it is read: a key that has nothing of the name, the
 * name in one header and none beside it, and a browser that guesses nothing.
 */
export const storedAs =
  (name: string | RegExp): NonNullable<HostileCase['see']> =>
  async (reply, world) => {
    const uploaded = uploadedBy(reply);
    if (typeof name === 'string' ? uploaded.name !== name : !name.test(uploaded.name))
      throw new Error(`The name is ${JSON.stringify(uploaded.name)}`);
    if (!KEY.test(uploaded.key)) throw new Error(`The key is ${uploaded.key}`);
    assertSafe(await readAgain(reply, world), uploaded.name);
  };

/** What was uploaded, as it is served. */
export const readAgain = (reply: Reply, { port }: World, query = ''): Promise<Reply> =>
  exchange(port, asAnn('GET', new URL(uploadedBy(reply).url, 'http://x').pathname + query));

// eslint-disable-next-line no-control-regex -- what a header may not have
const CONTROL = /[\0-\x1f\x7f]/;

function assertSafe({ status, headers }: Reply, name: string): void {
  if (status !== 200) throw new Error(`It is answered ${status}`);
  if (headers['x-content-type-options'] !== 'nosniff') throw new Error('A browser may guess its type');
  if (headers['x-evil'] !== undefined) throw new Error('A name became a header');
  const disposition = headers['content-disposition'] ?? '';
  if (CONTROL.test(disposition) || CONTROL.test(name)) throw new Error(`A name has controls: ${name}`);
  if (/[^\x20-\x7e]/.test(disposition)) throw new Error(`A header has other bytes: ${disposition}`);
}
