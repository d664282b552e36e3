import type { Fault } from '../../faults/fault.js';
import type { Answer } from '../../faults/http-message.js';
import { refusal } from '../../faults/tiny-s3.js';

const PAGE = Buffer.from('<html><head><title>Bad gateway</title></head><body>Try later</body></html>');
const HTML = { 'content-type': 'text/html' };
const always = Infinity;

/** A clock that is an hour ahead of ours. */
const skewed = (): Answer =>
  refusal(403, 'RequestTimeTooSkewed', { date: new Date(Date.now() + 3_600_000).toUTCString() });

/** Without the header that was due. */
export const without =
  (name: string) =>
  (due: Answer): Answer => ({
    ...due,
    headers: Object.fromEntries(Object.entries(due.headers).filter(([header]) => header !== name)),
  });

/** As a server ends a body of which it has not said the length. */
const cutOff = (due: Answer): Answer => ({
  ...due,
  headers: { ...due.headers, connection: 'close', 'transfer-encoding': 'identity' },
  body: Buffer.isBuffer(due.body) ? due.body.subarray(0, due.body.length >> 1) : due.body,
});

/** What a server, or something before it, does to any request of a transfer. */
export const ANSWERS = {
  'resets before it reads': { reads: 'head', sends: 'nothing', then: 'reset' },
  'does it, and resets before its headers': { sends: 'nothing', then: 'reset' },
  'does it, and resets in its headers': { sends: 'half-head', then: 'reset' },
  'does it, and resets in its body': { sends: 'half', then: 'reset' },
  'does it, and closes without a word': { sends: 'nothing', then: 'end' },
  'does it, and says nothing': { sends: 'nothing', then: 'stall' },
  'stalls in its headers': { sends: 'half-head', then: 'stall' },
  'stalls in its body': { sends: 'half', then: 'stall' },
  'never says anything': { reads: 'head', sends: 'nothing', then: 'stall', times: always },
  'resets every time': { reads: 'head', sends: 'nothing', then: 'reset', times: always },
  'loses every answer': { sends: 'nothing', then: 'reset', times: always },
  'ends its body too soon, and cleanly': { answer: cutOff, then: 'end' },
  'answers late': { delayMs: 150, times: always },
  'answers slowly': { pace: { bytes: 512, everyMs: 1 } },
  'answers twice': { bytes: (bytes) => Buffer.concat([bytes, bytes]) },
  '500 once': { answer: refusal(500, 'InternalError') },
  '500 always': { answer: refusal(500, 'InternalError'), times: always },
  '503 SlowDown once': { answer: refusal(503, 'SlowDown') },
  '503 SlowDown always': { answer: refusal(503, 'SlowDown'), times: always },
  '429 always': { answer: refusal(429, 'TooManyRequests'), times: always },
  'does it, and says 500': { answer: () => refusal(500, 'InternalError') },
  '502 with HTML of a proxy': { answer: { status: 502, headers: HTML, body: PAGE } },
  '200 with HTML of a proxy': { answer: { status: 200, headers: HTML, body: PAGE }, times: always },
  '200 with an error once': { answer: { ...refusal(200, 'InternalError'), status: 200 } },
  '200 with an error always': { answer: { ...refusal(200, 'InternalError'), status: 200 }, times: always },
  'no ETag': { answer: without('etag'), times: always },
  'wrong checksum': {
    answer: (due) => ({ ...due, headers: { ...due.headers, 'x-amz-checksum-crc32': 'AAAAAA==' } }),
    times: always,
  },
  'BadDigest once': { answer: refusal(400, 'BadDigest') },
  'BadDigest always': { answer: refusal(400, 'BadDigest'), times: always },
  'clock skewed once': { acts: false, answer: skewed },
  'clock skewed always': { acts: false, answer: skewed, times: always },
  'token expired once': { answer: refusal(400, 'ExpiredToken') },
  'token expired always': { answer: refusal(400, 'ExpiredToken'), times: always },
  'bucket in another region': {
    answer: refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }),
  },
  AccessDenied: { answer: refusal(403, 'AccessDenied'), times: always },
  NoSuchUpload: { answer: refusal(404, 'NoSuchUpload'), times: always },
  NoSuchBucket: { answer: refusal(404, 'NoSuchBucket'), times: always },
} as const satisfies Readonly<Record<string, Fault>>;

/** By its name in the table. */
export type AnswerName = keyof typeof ANSWERS;
