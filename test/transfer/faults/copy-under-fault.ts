import { aws } from '../../../src/backends/s3/profiles/aws.js';
import type { FaultServer } from '../../faults/fault-server.js';
import type { Fault, SeenRequest } from '../../faults/fault.js';
import { refusal } from '../../faults/tiny-s3.js';
import { CONTENT, endingOf, OLD, onServer, PART } from './broken-server.js';

type Meets = (request: SeenRequest, server: FaultServer) => boolean;

const part = (number: number) => (request: SeenRequest) =>
  request.method === 'PUT' && request.query.get('partNumber') === String(number);
/** Where an object is not found the bucket is asked for. */
const isHead = ({ method, key }: SeenRequest, of: 'source' | 'copy'): boolean =>
  method === 'HEAD' && (key === '' || key.endsWith('-from') === (of === 'source'));
const copiesParts = ({ requests }: FaultServer): boolean => requests.some(part(1));

/** The requests of a copy in parts that a fault can meet. The source is looked at before its parts are copied, and behind. */
export const COPY_STEPS = {
  source: (request, server) => isHead(request, 'source') && !copiesParts(server),
  create: ({ method, query }) => method === 'POST' && query.has('uploads'),
  'part 2': part(2),
  'last part': part(3),
  'source again': (request, server) => isHead(request, 'source') && copiesParts(server),
  complete: ({ method, query }) => method === 'POST' && query.has('uploadId'),
  head: (request) => isHead(request, 'copy'),
  abort: ({ method }) => method === 'DELETE',
} as const satisfies Readonly<Record<string, Meets>>;

export type CopyStep = keyof typeof COPY_STEPS;

/** More than any request is tried, and looked at again behind it. */
const MOST_REQUESTS = 8;
const UNDECIDED = /^(OUTCOME_UNKNOWN|INTEGRITY checksum)/;

/**
 * Copies three parts over an older object on a server that breaks in `step`, and says how that ended, with the uploads that
 * are left. Where it failed for sure the old object has to be there, else the old one or the copy: never a third.
 */
export async function copyUnderFault(step: CopyStep, fault: Fault): Promise<string> {
  return onServer(
    async ({ server, storage, key }) => {
      const meets: Meets = COPY_STEPS[step];
      const from = `${key}-from`;
      server.s3.seed(from, CONTENT);
      server.s3.seed(key, OLD);
      server.next({ ...fault, match: (request) => meets(request, server) });
      // An upload is only aborted when it has failed.
      if (step === 'abort')
        server.next({ match: COPY_STEPS['part 2'], answer: refusal(403, 'AccessDenied'), times: Infinity });
      const ending = await endingOf(storage.copy(from, key), 'copied');
      const there = server.s3.objects.get(key)?.body ?? Buffer.alloc(0);
      const [isNew, isOld] = [there.equals(CONTENT), there.equals(OLD)];
      const right = ending === 'copied' ? isNew : UNDECIDED.test(ending) ? isNew || isOld : isOld;
      if (!right)
        throw new Error(`${ending}: ${isNew ? 'the copy' : isOld ? 'the old object' : 'another'} is there`);
      if (!server.s3.objects.get(from)?.body.equals(CONTENT))
        throw new Error(`${ending}: the source has gone`);
      const met = server.requests.filter((request) => meets(request, server)).length;
      if (met > MOST_REQUESTS) throw new Error(`${ending}: ${met} requests of ${step}`);
      const left = server.s3.uploads.pending.size;
      if (step === 'abort') {
        if (ending !== 'PERMISSION_DENIED') throw new Error(`The clean-up hid what failed: ${ending}`);
        return left === 0 ? 'removed' : `${left} left`;
      }
      return left === 0 ? ending : `${ending}, ${left} left`;
    },
    // As much as the server copies at once is one part.
    { profile: { ...aws, minPart: PART, maxCopy: PART } },
  );
}
