import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Whether nobody can receive `response` any more. */
export function isClientGone(response: ServerResponse): boolean {
  return response.destroyed || response.req.socket.destroyed;
}

/**
 * Calls `listener` when `response` closes. A response that waits for earlier ones of its connection
 * (pipelining) has no socket yet, and Node does not tell it when the connection ends: it is watched for that.
 * The returned function takes the listener back.
 */
export function onClientGone(response: ServerResponse, listener: () => void): () => void {
  response.once('close', listener);
  const waitsFor = response.socket ? undefined : response.req.socket;
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
