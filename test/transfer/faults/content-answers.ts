import type { Fault } from '../../faults/fault.js';
import type { Answer } from '../../faults/http-message.js';
import { refusal } from '../../faults/tiny-s3.js';
import { without } from './answers.js';
import { CONTENT } from './broken-server.js';

const always = Infinity;

const withHeaders = (due: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...due,
  headers: { ...due.headers, ...headers },
});

function withBody(due: Answer, change: (body: Buffer) => Buffer): Answer {
  const body = change(due.body as Buffer);
  return withHeaders({ ...due, body }, { 'content-length': String(body.length) });
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

/** What a server, or something before it, does to content that is read from it. */
export const CONTENT_ANSWERS = {
  'flips a bit once': { answer: (due) => withBody(due, flipped) },
  'sends a byte too few': { answer: (due) => withBody(due, (body) => body.subarray(0, -1)), times: always },
  'sends a byte too many': {
    answer: (due) => withBody(due, (body) => Buffer.concat([body, Buffer.from('x')])),
    times: always,
  },
  'sends a byte less than it says': {
    answer: (due) => ({ ...due, body: (due.body as Buffer).subarray(0, -1) }),
    then: 'end',
  },
  'does not say the length': {
    answer: (due) => ({ ...without('content-length')(due), body: () => [due.body as Buffer] }),
    times: always,
  },
  'another Content-Range': {
    answer: (due) => withHeaders(due, { 'content-range': `bytes 1-65536/${CONTENT.length}` }),
    times: always,
  },
  'no Content-Range': { answer: without('content-range'), times: always },
  '200 instead of 206': {
    answer: (due) => ({ ...withBody(without('content-range')(due), () => CONTENT), status: 200 }),
    times: always,
  },
  'another ETag': { answer: (due) => withHeaders(due, { etag: '"0123456789abcdef"' }), times: always },
  '412 always': { answer: refusal(412, 'PreconditionFailed'), times: always },
  '416 always': { answer: refusal(416, 'InvalidRange'), times: always },
  '304 always': { answer: { status: 304, headers: {}, body: Buffer.alloc(0) }, times: always },
} as const satisfies Readonly<Record<string, Fault>>;

/** By its name in the table. */
export type ContentAnswerName = keyof typeof CONTENT_ANSWERS;
