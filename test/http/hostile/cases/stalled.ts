import type { HostileCase, HostileList } from '../hostile-case.js';
import { SMALL, upload } from '../support/form.js';
import { asAnn, post, signed } from '../support/request.js';
import type { Wire } from '../support/wire.js';

/** The bytes of a request one after the other, `ms` milliseconds apart, and then nothing more. */
const dribbled = ({ bytes, ...wire }: Wire, from: number, count: number, ms: number): Wire => {
  const all = Buffer.concat(bytes.map((one) => Buffer.from(one as string)));
  const slow = [...all.subarray(from, from + count)].flatMap((byte) => [Buffer.of(byte), ms]);
  return { ...wire, bytes: [all.subarray(0, from), ...slow] };
};
const headOf = ({ bytes }: Wire): number =>
  Buffer.concat(bytes.map((one) => Buffer.from(one as string))).indexOf('\r\n\r\n') + 4;
const late = (what: string, send: HostileCase['send'], why: string): HostileCase => ({
  what,
  send,
  answer: '408',
  why,
});
const HEADERS = '`headersTimeout` ends it';
const REQUEST = '`requestTimeout` ends it: nothing is kept';

export const stalled: HostileList = {
  letter: 'T',
  title: 'Clients that stall',
  about: 'To a server with a `headersTimeout` of 0.5 s and a `requestTimeout` of 1 s.',
  cases: [
    late(
      'a head that comes byte by byte',
      () => dribbled(asAnn('GET', '/api/documents/objects'), 0, 60, 50),
      HEADERS,
    ),
    late(
      'a head that never ends',
      () => ({ bytes: ['GET /api/documents/objects HTTP/1.1\r\nHost: x\r\nX: '] }),
      HEADERS,
    ),
    late(
      'a form that comes byte by byte',
      () => dribbled(upload(SMALL), headOf(upload(SMALL)) + 10, 60, 50),
      REQUEST,
    ),
    late(
      'a form that stops in the middle of a file',
      () => dribbled(upload(SMALL), headOf(upload(SMALL)) + SMALL.length - 20, 0, 0),
      REQUEST,
    ),
    late(
      'a form that stops before its first boundary',
      () => dribbled(upload(SMALL), headOf(upload(SMALL)), 0, 0),
      REQUEST,
    ),
    late(
      'a form that stops behind its last boundary',
      () => dribbled(upload(SMALL), headOf(upload(SMALL)) + SMALL.length - 1, 0, 0),
      REQUEST,
    ),
    late(
      'chunks that stop',
      () => upload('6\r\n--XX\r\n\r\n', { headers: { 'Transfer-Encoding': 'chunked' } }),
      REQUEST,
    ),
    late(
      'JSON that stops',
      () => {
        const whole = post('/api/documents/presign', { method: 'GET', key: 'mine.txt' });
        return dribbled(whole, headOf(whole) + 5, 0, 0);
      },
      REQUEST,
    ),
    {
      ...late(
        'a signed PUT that stops',
        async ({ presign }) => {
          const whole = signed(await presign({ method: 'PUT', key: 'new.txt', size: 5 }), 'PUT', {
            body: 'hello',
          });
          return dribbled(whole, headOf(whole) + 2, 0, 0);
        },
        REQUEST,
      ),
      only: 'local',
    },
    {
      what: 'a refused form that comes byte by byte (no principal)',
      send: () => {
        const whole = upload(SMALL, { headers: { 'X-User': '' } });
        return dribbled(whole, headOf(whole) + 10, 60, 50);
      },
      answer: '403 FORBIDDEN',
      why: 'it is answered before its body is read',
    },
  ],
};
