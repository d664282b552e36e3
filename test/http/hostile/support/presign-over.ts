import { exchange } from './wire.js';
import { post } from './request.js';
import type { SignedTarget, World } from './world.js';

/** Asks the server on `port` for signed URLs. */
export function presignOver(port: number): World['presign'] {
  return async (body, user = 'ann', storage = 'documents') => {
    const reply = await exchange(port, post(`/api/${storage}/presign`, body, { 'X-User': user }));
    if (reply.status !== 200) throw new Error(`No URL was given: ${reply.all}`);
    const { url, headers, key } = JSON.parse(reply.body.toString()) as {
      readonly url: string;
      readonly headers: SignedTarget['headers'];
      readonly key: string;
    };
    const { host, port: at } = new URL(url);
    // As it is written, and not as URL makes it.
    return { port: Number(at), host, target: url.slice(url.indexOf('/', 'http://'.length)), headers, key };
  };
}
