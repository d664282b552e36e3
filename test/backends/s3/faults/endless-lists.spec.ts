import { describe, expect, it } from '@jest/globals';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import { refusal, xml } from '../../../faults/tiny-s3-answers.js';
import { failure } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';

const SLOW = 30_000;
const ENDLESS = { code: 'INTEGRITY', reason: 'list' };

describe('a list of uploads that goes on for ever', () => {
  const bench = usePatientServer();

  /** Each page of parts says that there are more behind a number that no part has been. */
  const endlessParts = (step: number) =>
    bench.server.next({
      method: 'GET',
      match: ({ query }) => query.has('uploadId'),
      times: Infinity,
      answer: (_, { query }) => {
        const next = Number(query.get('part-number-marker') ?? 0) + step;
        const more = `<IsTruncated>true</IsTruncated><NextPartNumberMarker>${next}</NextPartNumberMarker>`;
        return xml(200, `<ListPartsResult>${more}</ListPartsResult>`);
      },
    });

  it('ends behind the last part that there can be', async () => {
    const uploads = bench.storage.as(MultipartUploads);
    const { uploadId } = await uploads.begin('n');
    endlessParts(1_000);
    let pages = 0;
    const all = async () => {
      for (let after: number | undefined = 0; after !== undefined; pages++)
        after = (await uploads.listParts('n', uploadId, { after })).next;
    };
    expect(await failure(within(all(), 'the list', SLOW))).toMatchObject(ENDLESS);
    expect(pages).toBe(10);
  });

  it('ends behind the last part that is looked for', async () => {
    const uploads = bench.storage.as(MultipartUploads);
    const { uploadId } = await uploads.begin('n');
    const parts = [await uploads.putPart('n', uploadId, 1, Buffer.from('x'))];
    endlessParts(1);
    bench.server.next({ method: 'POST', times: Infinity, answer: refusal(400, 'InvalidPart') });
    const ended = within(uploads.complete('n', uploadId, parts), 'the end', SLOW);
    expect(await failure(ended)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'parts' });
  });

  it.each([
    ['of one key, by ids in a circle', (n: number) => ['k', n % 2 === 0 ? 'A' : 'B']],
    ['without an upload, by keys that grow', (n: number) => [`k${String(n).padStart(6, '0')}`, 'A']],
  ])(
    'ends a sweep %s',
    async (_, marker) => {
      let n = 0;
      bench.server.next({
        method: 'GET',
        match: ({ query }) => query.has('uploads'),
        times: Infinity,
        answer: () => {
          const [key, id] = marker(n++);
          const markers = `<NextKeyMarker>${key}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>`;
          const more = `<IsTruncated>true</IsTruncated>${markers}`;
          return xml(200, `<ListMultipartUploadsResult>${more}</ListMultipartUploadsResult>`);
        },
      });
      const sweep = within(bench.storage.uploads.sweep(), 'the sweep', SLOW);
      expect(await failure(sweep)).toMatchObject(ENDLESS);
    },
    SLOW,
  );

  it('an id that no URL could hold is none', async () => {
    const long = `<InitiateMultipartUploadResult><UploadId>${'i'.repeat(5_000)}</UploadId></InitiateMultipartUploadResult>`;
    bench.server.next({ method: 'POST', times: Infinity, answer: xml(200, long) });
    const begin = bench.storage.as(MultipartUploads).begin('n');
    expect(await failure(begin)).toMatchObject({ code: 'UNAVAILABLE', reason: 'protocol' });
  });
});
