import type { HostileList } from '../hostile-case.js';
import { zip } from '../support/contents.js';
import { file, form, upload } from '../support/form.js';
import { signed } from '../support/request.js';

const EICAR = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';
const INFECTED = '422 CONTENT_REFUSED';
const toScanned = (...contents: readonly (string | Buffer)[]) =>
  upload(form(contents.map((content, at) => file(`${at}.txt`, content, 'text/plain', 'files'))), {
    target: '/api/scanned/upload',
  });

export const scanned: HostileList = {
  letter: 'E',
  title: 'Malware',
  about: 'Files for a storage with a `scanner`, which has the last word before anything is stored.',
  cases: [
    {
      what: 'EICAR, at the beginning, in the middle and at the end of a file',
      send: () => [
        toScanned(EICAR),
        toScanned('x'.repeat(30_000) + EICAR + 'x'.repeat(30_000)),
        toScanned('x'.repeat(65_000) + EICAR),
      ],
      answer: INFECTED,
      why: 'the scanner finds it: nothing is stored, not for a moment',
    },
    {
      what: 'EICAR behind two clean files',
      send: () => toScanned('a', 'b', EICAR),
      answer: INFECTED,
      why: 'the clean ones are removed',
    },
    {
      what: 'EICAR in the body of a signed PUT',
      only: 'local',
      send: async ({ presign }) =>
        signed(await presign({ method: 'PUT', key: 'new.txt' }, 'ann', 'scanned'), 'PUT', { body: EICAR }),
      answer: INFECTED,
      why: 'it passes the same gate; on S3 the body does not come here',
    },
    {
      what: 'EICAR in a ZIP',
      send: () => toScanned(zip('a.txt', Buffer.from(EICAR.repeat(9)))),
      answer: '201',
      stores: 1,
      why: 'the scanner of the tests unpacks nothing: a real one does',
    },
    {
      what: 'a file that makes the scanner fail',
      send: () => toScanned('SCANNER-FAILS'),
      answer: '503 UNAVAILABLE',
      see: ({ all }) => {
        if (all.includes('hunter2')) throw new Error('It tells what the scanner said');
      },
      why: 'without a verdict nothing is stored',
    },
    {
      what: 'a file that makes the scanner hang',
      send: () => toScanned('SCANNER-HANGS'),
      answer: '503 UNAVAILABLE',
      why: 'without a verdict nothing is stored',
    },
  ],
};
