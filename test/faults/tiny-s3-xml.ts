import type { TinyObject } from './tiny-s3.js';

/** Text as it goes between two tags. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What stands between two tags as text. */
export function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
}

/** The body of a refusal. */
export function errorXml(code: string, more = ''): string {
  return `<Error><Code>${code}</Code><Message>${code} as scripted</Message>${more}<RequestId>REQ</RequestId></Error>`;
}

/** The keys that a DeleteObjects names. */
export function keysOfDelete(text: string): string[] {
  return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => unescapeXml(key));
}

/** What DeleteObjects answers: `failed` keys with their codes, the others as deleted. */
export function deletedXml(keys: readonly string[], failed: Readonly<Record<string, string>> = {}): string {
  const results = keys.map((key) => {
    const code = failed[key];
    if (code === undefined) return `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`;
    return `<Error><Key>${escapeXml(key)}</Key><Code>${code}</Code><Message>${code} as scripted</Message></Error>`;
  });
  return `<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${results.join('')}</DeleteResult>`;
}

/** One page of ListObjectsV2, or of version 1 when `query` asks for that. */
export function listXml(
  objects: ReadonlyMap<string, TinyObject>,
  query: ReadonlyMap<string, string>,
): string {
  const two = query.get('list-type') === '2';
  const prefix = query.get('prefix') ?? '';
  const limit = Math.min(1000, Number(query.get('max-keys') ?? 1000));
  const encoded = query.get('encoding-type') === 'url';
  const token = query.get('continuation-token');
  const after = two ? token && Buffer.from(token, 'base64').toString() : query.get('marker');
  const entries = entriesOf([...objects.keys()], prefix, query.get('delimiter') ?? '').filter(
    (name) => after === undefined || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0,
  );
  const page = entries.slice(0, limit);
  const truncated = entries.length > limit;
  const last = page.at(-1) ?? '';
  const write = (name: string) => (encoded ? encodeURIComponent(name) : escapeXml(name));
  const items = page.map((name) => {
    const object = objects.get(name);
    if (!object) return `<CommonPrefixes><Prefix>${write(name)}</Prefix></CommonPrefixes>`;
    const { etag, modified, body } = object;
    return `<Contents><Key>${write(name)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${body.length}</Size></Contents>`;
  });
  const next = two
    ? `<KeyCount>${page.length}</KeyCount><NextContinuationToken>${Buffer.from(last).toString('base64')}</NextContinuationToken>`
    : `<NextMarker>${write(last)}</NextMarker>`;
  return [
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>',
    `<Prefix>${write(prefix)}</Prefix><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>`,
    encoded ? '<EncodingType>url</EncodingType>' : '',
    truncated ? next : '',
    ...items,
    '</ListBucketResult>',
  ].join('');
}

/** Keys below `prefix`, those behind a delimiter folded into prefixes, in the order of their bytes. */
function entriesOf(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : key.slice(0, at + delimiter.length);
    });
  return [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
