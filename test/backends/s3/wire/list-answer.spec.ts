import { describe, expect, it } from '@jest/globals';
import { parseListAnswer } from '../../../../src/backends/s3/wire/list-answer.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const DATE = '<LastModified>2009-10-12T17:50:30.000Z</LastModified>';
const object = (key: string, rest = `${DATE}<ETag>"e"</ETag><Size>1</Size>`) =>
  `<Contents><Key>${key}</Key>${rest}</Contents>`;
const list = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult ${XMLNS}>${content}</ListBucketResult>`;
const last = (content: string) => list(`<IsTruncated>false</IsTruncated>${content}`);
const more = (content: string) => list(`<IsTruncated>true</IsTruncated>${content}`);
const parse = (xml: string, version: 1 | 2 = 2) => parseListAnswer(xml, { version });
const keys = (xml: string) => parse(xml).objects.map(({ key }) => key);

describe('a page of a bucket', () => {
  it('has its objects, prefixes and where it goes on, as AWS writes them', () => {
    const xml = list(
      '<Name>bucket</Name><Prefix>a/</Prefix><Delimiter>/</Delimiter><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys>' +
        '<IsTruncated>true</IsTruncated><ContinuationToken>in</ContinuationToken>' +
        '<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>' +
        '<Contents><Key>a/my-image.jpg</Key><LastModified>2009-10-12T17:50:30.123Z</LastModified>' +
        '<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>' +
        '<Size>434234</Size><Owner><ID>75aa57f09aa0</ID><DisplayName>n</DisplayName></Owner>' +
        '<StorageClass>STANDARD</StorageClass></Contents>' +
        '<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/c/</Prefix></CommonPrefixes>',
    );
    expect(parse(xml)).toEqual({
      objects: [
        {
          key: 'a/my-image.jpg',
          size: 434234,
          lastModified: new Date('2009-10-12T17:50:30.123Z'),
          etag: 'fba9dede5f27731c9771645a39863328',
        },
      ],
      prefixes: ['a/b/', 'a/c/'],
      token: '1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=',
    });
  });

  it('takes prefixes that are all in one element', () => {
    const xml = last('<CommonPrefixes><Prefix>a/</Prefix><Prefix>b/</Prefix></CommonPrefixes>');
    expect(parse(xml).prefixes).toEqual(['a/', 'b/']);
  });

  it('is empty when the server says so', () => {
    expect(parse(last('<Contents/>'.replace('<Contents/>', '<NextContinuationToken/><Prefix/>')))).toEqual({
      objects: [],
      prefixes: [],
    });
  });

  it.each([
    'folder/',
    'a//b',
    '/a',
    './a',
    ' a ',
    '\ta\n',
    '\n',
    ' ',
    '\r\n',
    '__proto__',
    'constructor',
    '\u{1f600}',
  ])('keeps the key %j as it is', (key) => {
    expect(keys(last(object(key)))).toEqual([key]);
    expect(keys(last(object(`<![CDATA[${key}]]>`)))).toEqual([key]);
    expect(keys(last(object([...key].map((c) => `&#${c.codePointAt(0)};`).join(''))))).toEqual([key]);
  });

  it('reads characters that XML cannot carry where a server writes their numbers', () => {
    expect(keys(last(object('a&#x01;b&#31;')))).toEqual(['a\u0001b\u001f']);
  });

  it.each([
    ['2024-02-29T01:02:03Z', '2024-02-29T01:02:03.000Z'],
    ['2024-02-29T01:02:03.4Z', '2024-02-29T01:02:03.400Z'],
    ['2024-02-29T01:02:03.456789Z', '2024-02-29T01:02:03.456Z'],
    ['\n2024-02-29T01:02:03.000+02:00 ', '2024-02-28T23:02:03.000Z'],
  ])('reads the date %j', (written, expected) => {
    const xml = last(object('k', `<LastModified>${written}</LastModified><Size>1</Size>`));
    expect(parse(xml).objects[0]?.lastModified.toISOString()).toBe(expected);
  });

  it.each(['"e"', '&quot;e&quot;', '&#34;e&#x22;', ' "e"\n', 'e', '<![CDATA["e"]]>'])(
    'reads the ETag %s',
    (etag) => {
      expect(parse(last(object('k', `${DATE}<Size>0</Size><ETag>${etag}</ETag>`))).objects[0]).toMatchObject({
        etag: 'e',
        size: 0,
      });
    },
  );
});

describe('an answer to encoding-type=url', () => {
  const TYPE = '<EncodingType>url</EncodingType>';

  it.each([
    ['MinIO', 'a+b/c%2Bd%2Fe%26'],
    ['RGW', 'a%20b%2Fc%2Bd%2Fe%26'],
    ['AWS', 'a+b/c%2bd/e%26'],
  ])('is decoded as %s encodes it, wherever it says that it is encoded', (_, key) => {
    const prefixes = `<CommonPrefixes><Prefix>${key}</Prefix></CommonPrefixes>`;
    for (const xml of [last(TYPE + object(key) + prefixes), last(object(key) + prefixes + TYPE)]) {
      expect(keys(xml)).toEqual(['a b/c+d/e&']);
      expect(parse(xml).prefixes).toEqual(['a b/c+d/e&']);
    }
  });

  it('is taken as it is when the server ignores that', () => {
    expect(keys(last(object('100%+a%20b')))).toEqual(['100%+a%20b']);
    expect(keys(last(`<EncodingType/>${object('a+b')}`))).toEqual(['a+b']);
  });

  it('has markers that are encoded and tokens that are not', () => {
    const token = '<NextContinuationToken>a+b%20</NextContinuationToken><NextMarker>a+b%20</NextMarker>';
    expect(parse(more(TYPE + token)).token).toBe('a+b%20');
    expect(parse(more(TYPE + token), 1).token).toBe('a b ');
    expect(parse(more(TYPE + object('a%2Fb+')), 1).token).toBe('a/b ');
  });

  it.each(['%', '%2', '%zz', '%ff', '%c3%28', '%ed%a0%80'])('is refused with %s in a key', (key) => {
    expect(() => parse(last(TYPE + object(key)))).toThrow(XmlError);
  });
});

describe('where a list goes on', () => {
  it('is NextMarker in version 1, or else the last entry', () => {
    expect(parse(more(`<NextMarker>m &amp; n</NextMarker>${object('a')}`), 1).token).toBe('m & n');
    expect(parse(more(object('a') + object('b')), 1).token).toBe('b');
    const prefix = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;
    expect(parse(more(object('b') + prefix('a/')), 1).token).toBe('b');
    expect(parse(more(object('\uffff') + prefix('\u{1f600}/')), 1).token).toBe('\u{1f600}/');
  });

  it('is nowhere when the list is at its end', () => {
    const token = '<NextContinuationToken>t</NextContinuationToken><NextMarker>m</NextMarker>';
    expect(parse(last(token + object('a')))).not.toHaveProperty('token');
    expect(parse(last(token + object('a')), 1)).not.toHaveProperty('token');
  });

  it.each([
    ['without a token', more(object('a')), 2],
    ['with an empty token', more(`<NextContinuationToken/>${object('a')}`), 2],
    ['without a marker and an entry', more(''), 1],
    ['without saying whether', list(object('a')), 2],
    ['saying nonsense', list('<IsTruncated>maybe</IsTruncated>'), 2],
    ['saying both', list('<IsTruncated>false</IsTruncated><IsTruncated>true</IsTruncated>'), 1],
  ] as const)('must be told: %s', (_, xml, version) => {
    expect(() => parse(xml, version)).toThrow(XmlError);
  });
});

/** As the servers answered for one object and more to come, but for what we skip. */
const KEY = 'a b+c%20&<>"\'\u00e9\u{1f600}/x';
const MARKED = 'a b+c%20&amp;&lt;&gt;&#34;&#39;\u00e9\u{1f600}/x';
const RGW_KEY = 'a%20b%2Bc%2520%26%3C%3E%22&apos;%C3%A9%F0%9F%98%80%2Fx';
const MINIO_KEY = 'a+b%2Bc%2520%26%3C%3E%22%27%C3%A9%F0%9F%98%80/x';
const TYPE = '<EncodingType>url</EncodingType>';

describe('a key with everything in it, asked for with encoding-type=url', () => {
  it.each([
    [
      'VersityGW 1.7, which ignores that',
      2,
      `<NextContinuationToken>${MARKED}</NextContinuationToken>${object(MARKED)}<EncodingType></EncodingType>`,
      KEY,
    ],
    [
      'VersityGW 1.7',
      1,
      `<NextMarker>${MARKED}</NextMarker>${object(MARKED)}<EncodingType></EncodingType>`,
      KEY,
    ],
    [
      'MinIO',
      2,
      `<NextContinuationToken>YSBiK2M=</NextContinuationToken>${object(MINIO_KEY)}${TYPE}`,
      'YSBiK2M=',
    ],
    [
      'MinIO, whose marker is no entry',
      1,
      `<NextMarker>${MINIO_KEY}%5Bminio_cache%3Av2%2Creturn%3A%5D</NextMarker>${object(MINIO_KEY)}${TYPE}`,
      `${KEY}[minio_cache:v2,return:]`,
    ],
    [
      'Ceph RGW 16',
      2,
      `${TYPE}${object(RGW_KEY)}<NextContinuationToken>${MARKED}</NextContinuationToken>`,
      KEY,
    ],
    [
      'Ceph RGW 16, whose marker is not encoded',
      1,
      `${TYPE}${object(RGW_KEY)}<NextMarker>${MARKED}</NextMarker>`,
      KEY,
    ],
    ['AWS', 1, `<NextMarker>${MINIO_KEY}</NextMarker>${TYPE}${object(MINIO_KEY)}`, KEY],
    ['a server without a marker', 1, `${TYPE}${object(MINIO_KEY)}`, KEY],
  ] as const)('comes from %s, version %i', (_, version, content, token) => {
    const answer = parse(more(content), version);
    expect(answer.objects.map(({ key }) => key)).toEqual([KEY]);
    expect(answer.token).toBe(token);
  });
});

describe('an answer that is no page', () => {
  it.each([
    ['an object without a key', last(`<Contents>${DATE}<Size>1</Size></Contents>`)],
    ['an object with an empty key', last(object(''))],
    ['an object with two keys', last(object('a</Key><Key>b'))],
    ['an object without a size', last(object('k', DATE))],
    ['an object without a date', last(object('k', '<Size>1</Size>'))],
    ...['', '-1', '1e3', '0x10', '1.5', '9007199254740993', 'NaN'].map(
      (size) => [`the size "${size}"`, last(object('k', `${DATE}<Size>${size}</Size>`))] as const,
    ),
    ...['', 'today 1', '2024-01-01', '2024-13-01T00:00:00Z', '2024-01-01T00:00:00', '0'].map(
      (date) =>
        [
          `the date "${date}"`,
          last(object('k', `<Size>1</Size><LastModified>${date}</LastModified>`)),
        ] as const,
    ),
    ['another root', '<ListAllMyBucketsResult/>'],
    ['HTML', '<html><body>Welcome</body></html>'],
    ['nothing', ''],
    ['JSON', '{"IsTruncated":false}'],
    ['more than was asked for', last(object('a').repeat(1001))],
    [
      'more prefixes than asked for',
      last('<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>'.repeat(1001)),
    ],
  ])('is refused: %s', (_, xml) => {
    expect(() => parse(xml)).toThrow(XmlError);
  });

  it('is bounded by what was asked for', () => {
    const xml = last(object('a') + object('b'));
    expect(parseListAnswer(xml, { version: 2, maxKeys: 2 }).objects).toHaveLength(2);
    expect(() => parseListAnswer(xml, { version: 2, maxKeys: 1 })).toThrow(XmlError);
  });

  it('is an error of S3 when it says one, whatever its status', () => {
    const xml = '<Error><Code>InternalError</Code><Message>We are sorry</Message></Error>';
    expect(() => parse(xml)).toThrow(S3AnsweredError);
    expect(() => parse(xml)).toThrow(
      expect.objectContaining({ answer: { code: 'InternalError', detail: 'We are sorry' } }),
    );
  });

  it('is refused wherever it is cut off', () => {
    const xml = `${last(`${object('a &amp; b')}<!-- c --><x:Y z="1"/><![CDATA[ ]]>${object('c')}`)}`;
    expect(keys(xml)).toEqual(['a & b', 'c']);
    for (let length = 0; length < xml.length; length++)
      expect(() => parse(xml.slice(0, length))).toThrow(XmlError);
  });
});
