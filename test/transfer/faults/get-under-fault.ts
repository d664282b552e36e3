import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, SeenRequest } from '../../faults/fault.js';
import { readAll } from '../../support/bodies.js';
import { openIn } from '../support/open-in.js';
import { CONTENT, endingOf, onServer, PART, type BrokenServer } from './broken-server.js';

const range = (number: number) => (request: SeenRequest) =>
  request.headers['range']?.startsWith(`bytes=${(number - 1) * PART}-`) ?? false;

/** The requests of a download that a fault can meet. */
export const READS = {
  head: ({ method }: SeenRequest) => method === 'HEAD',
  'range 2': range(2),
  'last range': range(3),
  get: ({ method }: SeenRequest) => method === 'GET',
  'rest of a get': ({ method, headers }: SeenRequest) => method === 'GET' && 'range' in headers,
} as const;

export type ReadStep = keyof typeof READS;

/** More than any request is tried, and a download begun anew. */
const MOST_REQUESTS = 12;

/**
 * Reads three parts from a server that breaks in `step`, and says how that ended. What comes is whole and right; a file
 * that could not be downloaded is not there, nor anything else of it.
 */
export async function getUnderFault(folder: string, step: ReadStep, fault: Fault): Promise<string> {
  return onServer(async (place) => {
    const { server, key } = place;
    server.s3.seed(key, CONTENT);
    const toFile = step === 'head' || step.includes('range');
    if (step === 'rest of a get') server.next({ method: 'GET', sends: 'half', then: 'reset' });
    server.next({ ...fault, match: READS[step] });
    const ending = toFile ? await download(place, join(folder, key)) : await get(place);
    const met = server.requests.filter((request) => READS[step](request)).length;
    if (met > MOST_REQUESTS) throw new Error(`${ending}: ${met} requests of ${step}`);
    return ending;
  });
}

async function get({ storage, key }: BrokenServer): Promise<string> {
  const reading = storage.get(key).then(({ body }) => readAll(body));
  const ending = await endingOf(reading, 'whole');
  if (ending === 'whole' && !(await reading).equals(CONTENT))
    throw new Error('Wrong bytes were given as whole');
  return ending;
}

async function download({ storage, key }: BrokenServer, folder: string): Promise<string> {
  mkdirSync(folder);
  const to = join(folder, 'a');
  const downloading = storage.download(key, { to, partSize: PART, concurrency: 3 });
  const ending = await endingOf(downloading, 'whole');
  if (ending === 'whole' && !readFileSync(to).equals(CONTENT)) throw new Error('The file has wrong bytes');
  const names = readdirSync(folder).join(' ');
  if (names !== (ending === 'whole' ? 'a' : '')) throw new Error(`${ending}: ${names} is left`);
  const open = openIn(folder);
  if (open.length > 0) throw new Error(`${ending}: ${open.join(' ')} is still open`);
  return ending;
}
