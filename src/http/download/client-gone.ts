import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Whether nobody can receive `response` any more. */
export function isClientGone(response: ServerResponse): boolean {
  return response.destroyed || connectionOf(response)?.destroyed === true;
}

/**
 * Calls `listener` when `response` closes. A response that waits for earlier ones of its connection
 * (pipelining) has no socket yet, and Node does not tell it when the connection ends: it is watched for that.
 * The returned function takes the listener back.
 */
export function onClientGone(response: ServerResponse, listener: () => void): () => void {
  response.once('close', listener);
  const waitsFor = response.socket ? undefined : connectionOf(response);
  if (waitsFor) {
    // As many as requests are pipelined; Node would take them for a leak.
    setMaxListeners(0, waitsFor);
    waitsFor.once('close', listener);
  }
  return () => {
    response.off('close', listener);
    waitsFor?.off('close', listener);
  };
}

/**
 * Resolves when `response` may be sent: at once, or when the earlier answers of its connection are (pipelining).
 * What is opened sooner only waits: hundreds of requests come in one packet.
 */
export function turnOf(response: ServerResponse): Promise<void> | undefined {
  const connection = connectionOf(response);
  if (response.socket || !connection || connection.destroyed) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      release();
      response.off('socket', done);
      resolve();
    };
    const release = onClientGone(response, done);
    // Node's own: https://github.com/nodejs/node/blob/v20.x/lib/_http_server.js, assignSocket
    response.once('socket', done);
  });
}

/** That of the request, also before the response has it; none where the request is made up (`inject` of Fastify). */
function connectionOf(response: ServerResponse): Socket | undefined {
  const { req } = response as { readonly req?: { readonly socket?: Socket | null } };
  return req?.socket ?? undefined;
}
