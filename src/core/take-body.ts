import { Readable } from 'node:stream';
import type { Body } from './backend.js';
import { toBody, type BodyInput } from './body.js';

/** A body that is ours from now on, or what is wrong with it, to be said within the layers. */
export function takeBody(input: BodyInput): { readonly body: Body } | { readonly refusal: unknown } {
  try {
    const body = toBody(input);
    // It may fail while it waits its turn, before anybody reads it: with no listener that would end the process.
    if (body instanceof Readable) body.on('error', () => undefined);
    return { body };
  } catch (refusal) {
    return { refusal };
  }
}
