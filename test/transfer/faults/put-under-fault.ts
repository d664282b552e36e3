import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Body } from '../../../src/core/backend.js';
import { FileBody } from '../../../src/core/file-body.js';
import type { Fault, SeenRequest } from '../../faults/fault.js';
import { refusal } from '../../faults/tiny-s3.js';
import { streamOf } from '../../support/bodies.js';
import { CONTENT, endingOf, OLD, onServer, PART } from './broken-server.js';

/** The bodies that a put takes. */
export const BODIES: Readonly<Record<string, (folder: string) => Body>> = {
  'a stream': () => streamOf(CONTENT.subarray(0, 1_000), CONTENT.subarray(1_000)),
  'a file': (folder) => {
    const path = join(folder, 'source');
    writeFileSync(path, CONTENT);
    return new FileBody(path);
  },
  bytes: () => CONTENT,
};

const part = (number: number) => (request: SeenRequest) =>
  request.method === 'PUT' && request.query.get('partNumber') === String(number);

/** The requests of an upload that a fault can meet. */
export const STEPS = {
  create: ({ method, query }: SeenRequest) => method === 'POST' && query.has('uploads'),
  'part 2': part(2),
  'last part': part(3),
  complete: ({ method, query }: SeenRequest) => method === 'POST' && query.has('uploadId'),
  head: ({ method }: SeenRequest) => method === 'HEAD',
  abort: ({ method }: SeenRequest) => method === 'DELETE',
} as const;

export type UploadStep = keyof typeof STEPS;

/** More than any part is tried, and any other request with what it is begun anew for. */
const MOST_REQUESTS = 8;

/** What says that the object may be there: it is not known, or it is there and the server tells another checksum of it. */
const UNDECIDED = /^(OUTCOME_UNKNOWN|INTEGRITY checksum)/;

/**
 * Puts three parts over an older object on a server that breaks in `step`, and says how that ended, with the uploads that
 * are left. Where it failed for sure the old object has to be there, else the old one or the new one: never a third.
 */
export async function putUnderFault(body: Body, step: UploadStep, fault: Fault): Promise<string> {
  return onServer(async ({ server, storage, memory, key }) => {
    server.s3.seed(key, OLD);
    server.next({ ...fault, match: STEPS[step] });
    // An upload is only aborted when it has failed.
    if (step === 'abort')
      server.next({ match: STEPS['part 2'], answer: refusal(403, 'AccessDenied'), times: Infinity });
    const ending = await endingOf(storage.put(key, body, { partSize: PART }));
    const there = server.s3.objects.get(key)?.body ?? Buffer.alloc(0);
    const [isNew, isOld] = [there.equals(CONTENT), there.equals(OLD)];
    const right = ending === 'stored' ? isNew : UNDECIDED.test(ending) ? isNew || isOld : isOld;
    if (!right)
      throw new Error(`${ending}: ${isNew ? 'the new' : isOld ? 'the old' : 'another'} object is there`);
    const met = server.requests.filter((request) => STEPS[step](request)).length;
    if (met > MOST_REQUESTS) throw new Error(`${ending}: ${met} requests of ${step}`);
    if (memory.queue > 0) throw new Error(`${ending}: ${memory.queue} wait for memory`);
    const left = server.s3.uploads.pending.size;
    if (step === 'abort') {
      if (ending !== 'PERMISSION_DENIED') throw new Error(`The clean-up hid what failed: ${ending}`);
      return left === 0 ? 'removed' : `${left} left`;
    }
    return left === 0 ? ending : `${ending}, ${left} left`;
  });
}
