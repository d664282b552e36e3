import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { parseListAnswer } from '../../../../src/backends/s3/wire/list-answer.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';
import { element, gap, written, xmlText } from './support/xml-forms.js';

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

const entry = fc
  .record({
    key: xmlText,
    etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9]\d{0,3})?$/),
    size: fc.maxSafeNat(),
    date: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
  })
  .chain((model) =>
    fc
      .tuple(
        element('Key', written(model.key)),
        element('ETag', written(`"${model.etag}"`)),
        element('Size', written(String(model.size))),
        element('LastModified', fc.constant(model.date.toISOString())),
        element('StorageClass', fc.constant('STANDARD')),
        gap,
      )
      .chain((parts) => fc.shuffledSubarray(parts, { minLength: parts.length }))
      .chain((parts) => element('Contents', fc.constant(parts.join(''))))
      .map((xml) => ({ model, xml })),
  );
const page = fc
  .record({
    entries: fc.array(entry, { maxLength: 4 }),
    prefixes: fc.array(xmlText, { maxLength: 2 }),
    token: xmlText,
  })
  .chain(({ entries, prefixes, token }) =>
    fc
      .tuple(
        element('NextContinuationToken', written(token)),
        element('IsTruncated', fc.constant('true')),
        ...prefixes.map((prefix) => element('CommonPrefixes', element('Prefix', written(prefix)))),
      )
      .chain((parts) =>
        element('ListBucketResult', fc.constant([...parts, ...entries.map((e) => e.xml)].join('\n'))),
      )
      .map((xml) => ({
        xml: `<?xml version="1.0"?>${xml}\n`,
        entries: entries.map((e) => e.model),
        prefixes,
        token,
      })),
  );

const oracle = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: Infinity, maxExpandedLength: Infinity },
  isArray: (name) => name === 'Contents' || name === 'CommonPrefixes',
});

interface Parsed {
  readonly ListBucketResult: {
    readonly NextContinuationToken: string;
    readonly Contents?: readonly Readonly<Record<'Key' | 'ETag' | 'Size' | 'LastModified', string>>[];
    readonly CommonPrefixes?: readonly { readonly Prefix: string }[];
  };
}

describe('any form in which a page can be written', () => {
  it('means what was written, and what fast-xml-parser reads', () => {
    fc.assert(
      fc.property(page, ({ xml, entries, prefixes, token }) => {
        const answer = parse(xml);
        const expected = entries.map(({ key, etag, size, date }) => ({
          key,
          etag,
          size,
          lastModified: date,
        }));
        expect(answer).toEqual({ objects: expected, prefixes, token });
        const { ListBucketResult: other } = oracle.parse(xml) as Parsed;
        expect(answer.token).toBe(other.NextContinuationToken);
        expect(answer.prefixes).toEqual((other.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
        expect(answer.objects.map(({ key, size }) => [key, String(size)])).toEqual(
          (other.Contents ?? []).map(({ Key, Size }) => [Key, Size]),
        );
        expect(answer.objects.map(({ etag }) => `"${etag}"`)).toEqual(
          (other.Contents ?? []).map(({ ETag }) => ETag),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is understood or refused with XmlError, whatever is broken in it', () => {
    fc.assert(
      fc.property(
        page,
        fc.nat(),
        fc.nat(20),
        fc.string({ unit: 'binary', maxLength: 4 }),
        (made, at, cut, put) => {
          const from = at % made.xml.length;
          try {
            parse(made.xml.slice(0, from) + put + made.xml.slice(from + cut));
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives encoding-type=url, whatever the key', () => {
    const anyKey = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const ways = fc.constantFrom(
      (key: string) => encodeURIComponent(key),
      (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
    );
    fc.assert(
      fc.property(anyKey, ways, (key, way) => {
        expect(keys(last(`${object(way(key))}<EncodingType>url</EncodingType>`))).toEqual([key]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a hostile answer', () => {
  it.each([
    [
      'entities that grow',
      `<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${last(object('&b;'))}`,
    ],
    [
      'an entity of a file',
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${last(object('&f;'))}`,
    ],
    ['an entity that is not declared', last(object('&nbsp;'))],
    ['an entity in what is skipped', last('<Name>&f;</Name>')],
    ['an entity in an attribute', last('<Name a="&f;"/>')],
    ['a document type within', last('<!DOCTYPE x>')],
    ['a surrogate', last(object('&#xD800;'))],
    ['no code point', last(object('&#1114112;'))],
    ['a number without an end', last(object(`&#${'1'.repeat(1e6)};`))],
    ['a bare ampersand', last(object('a & b'))],
    ['elements without end', `<ListBucketResult>${'<a>'.repeat(100_000)}`],
    ['elements within elements', last('<a>'.repeat(100_000) + '</a>'.repeat(100_000))],
    ['an element within a key', last(object('<b>k</b>'))],
    ['a second root', last('') + last('')],
    ['text after the end', `${last('')}x`],
    ['text between elements', last('x')],
    ['a tag that closes another', last('<a></b>')],
    ['a tag that closes another with the same beginning', last('<a></ab>')],
    ['a tag that closes another prefix', last('<x:a></y:a>')],
    ['10 MB of garbage', 'garbage '.repeat(1_250_000)],
    ['10 MB of tags', '<<><'.repeat(2_500_000)],
    ['10 MB of ampersands', last(object('&'.repeat(10_000_000)))],
    ['an endless name', `<${'a'.repeat(10_000_000)}`],
    ['endless attributes', `<ListBucketResult${' a="1"'.repeat(1_000_000)}`],
    ['an attribute without a value', last('<a b/>')],
    ['an attribute without quotes', last('<a b=c/>')],
    ['attributes that touch', last('<a b="1"c="2"/>')],
    ['a tag in an attribute', last('<a b="<c>"/>')],
    ['over 16 Mi characters', last(' '.repeat(16 * 1024 * 1024))],
    ['an endless comment', `${last('').slice(0, -20)}<!-- `],
    ['endless CDATA', `${last('').slice(0, -20)}<![CDATA[ `],
  ])('is refused at once: %s', (_, xml) => {
    const start = performance.now();
    expect(() => parse(xml)).toThrow(XmlError);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it.each([
    ['comments', '<!---->'.repeat(1_000_000)],
    ['CDATA', '<![CDATA[]]>'.repeat(500_000)],
    ['processing instructions', '<?a?>'.repeat(1_000_000)],
    ['elements', '<a/>'.repeat(1_000_000)],
    ['references', `<a>${'&amp;'.repeat(1_000_000)}</a>`],
  ])('costs time in proportion to its length: %s', (_, content) => {
    const start = performance.now();
    expect(parse(last(content)).objects).toEqual([]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('takes names of Object.prototype for names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const xml = last(names.map((name) => `<${name}><x>1</x></${name}>${object(name)}`).join(''));
    expect(keys(xml)).toEqual(names);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('the memory of a list', () => {
  const thousand = (n: number) =>
    last(
      Array.from({ length: 1000 }, (_, i) => object(`photos/2024/some-folder/file-${n}-${i}.jpeg`)).join(''),
    );

  it('stays flat over 1,000,000 keys, and a key that is kept does not keep its page', () => {
    const kept: string[] = [];
    const before = process.memoryUsage().heapUsed;
    const xml = Buffer.from(thousand(0));
    for (let n = 0; n < 1000; n++) {
      // A string of its own each time, as it comes from a socket.
      const [first] = parse(xml.toString()).objects;
      if (first) kept.push(first.key, first.etag);
    }
    expect(kept).toHaveLength(2000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * 1024 * 1024);
  });
});
