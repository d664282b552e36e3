import type { ProviderProfile, S3Condition } from '../../../src/backends/s3/profile.js';
import { profiles } from '../../../src/backends/s3/profiles/profiles.js';

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const condition = (value: S3Condition | 'unquoted'): string =>
  value === 'prove' ? 'proven first' : yes(value !== false);
const digest = (name: string): string => ({ crc32: 'CRC-32', sha256: 'SHA-256', md5: 'MD5' })[name] ?? name;

const chosenBy = ({ name, hosts }: ProviderProfile): string => {
  if (name === 'other') return 'any other host';
  return hosts.length > 0 ? hosts.map((host) => `\`*${host}\``).join(', ') : 'its name';
};

type Column = readonly [title: string, cell: (profile: ProviderProfile) => string];

const name: Column = ['profile', (profile) => `\`${profile.name}\``];

const WHAT_WORKS: readonly Column[] = [
  name,
  ['server', ({ title }) => title],
  ['put `ifAbsent`', ({ putIfAbsent }) => condition(putIfAbsent)],
  ['put `ifMatch`', ({ putIfMatch }) => condition(putIfMatch)],
  ['delete `ifMatch`', ({ deleteIfMatch }) => condition(deleteIfMatch)],
  ['copy `ifMatch`', ({ copySourceIfMatch }) => condition(copySourceIfMatch)],
  ['copy `ifAbsent`', ({ copyIfAbsent }) => condition(copyIfAbsent)],
  ['keys `a//b`, `./a`', ({ keys }) => yes(keys === 'any')],
  ['metadata `a_b`', ({ metadataUnderscore }) => yes(metadataUnderscore)],
  ['POST forms', ({ postPolicy }) => yes(postPolicy)],
];

const HOW: readonly Column[] = [
  name,
  ['chosen by', chosenBy],
  ['bucket in', ({ addressing }) => (addressing === 'path' ? 'the path' : 'the host name')],
  ['ListObjects', ({ listVersion }) => `version ${listVersion}`],
  ['sent with a body', ({ checksum }) => digest(checksum)],
  [
    'refused when wrong',
    ({ checksums }) => (checksums.length > 0 ? checksums.map(digest).join(', ') : 'nothing'),
  ],
  ['gives CRC-32 back', ({ keepsChecksum }) => yes(keepsChecksum)],
  [
    'DeleteObjects with',
    ({ deleteMany }) => (deleteMany === 'single' ? 'single deletes' : digest(deleteMany)),
  ],
];

const GIB = 1024 ** 3;
const bytes = (value: number): string =>
  value >= 1024 * GIB
    ? `${round(value / GIB / 1024)} TiB`
    : value >= GIB
      ? `${round(value / GIB)} GiB`
      : `${round(value / 1024 ** 2)} MiB`;
const round = (value: number): string => String(Math.floor(value * 1000) / 1000);

const UPLOADS: readonly Column[] = [
  name,
  ['part', ({ minPart, maxPart }) => `${bytes(minPart)} to ${bytes(maxPart)}`],
  [
    'parts',
    ({ maxParts, equalParts }) => `${maxParts.toLocaleString('en')}${equalParts ? ', of one size' : ''}`,
  ],
  ['object', ({ maxObject }) => bytes(maxObject)],
  ['one copy', ({ maxCopy }) => bytes(maxCopy)],
  ['copies parts', ({ multipartCopy }) => yes(multipartCopy)],
  ['complete `ifAbsent`', ({ completeIfAbsent }) => condition(completeIfAbsent)],
  ['complete `ifMatch`', ({ completeIfMatch }) => condition(completeIfMatch)],
  ['CRC-32 of parts', ({ partChecksum }) => yes(partChecksum)],
  ['CRC-32 of the whole', ({ fullObjectChecksum }) => yes(fullObjectChecksum)],
  ['says that an upload is gone', ({ refusesNoUpload }) => yes(refusesNoUpload)],
  ['lists uploads by', ({ listUploadsByPrefix }) => (listUploadsByPrefix === 'any' ? 'prefix' : 'whole key')],
];

/** The tables that docs/s3.md has to have. */
export function renderProfiles(): readonly string[] {
  return [WHAT_WORKS, HOW, UPLOADS].map((columns) =>
    [
      `| ${columns.map(([title]) => title).join(' | ')} |`,
      `|${'---|'.repeat(columns.length)}`,
      ...profiles()
        // Nobody keeps objects in a mock.
        .filter((profile) => profile.name !== 'moto')
        .map((profile) => `| ${columns.map(([, cell]) => cell(profile)).join(' | ')} |`),
    ].join('\n'),
  );
}
