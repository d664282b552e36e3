import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { parseListAnswer } from '../../../../src/backends/s3/wire/list-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';
import { element, gap, written, xmlText } from './support/xml-forms.js';

const object = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2009-10-12T17:50:30Z</LastModified><Size>1</Size></Contents>`;
const last = (content: string) =>
  `<ListBucketResult><IsTruncated>false</IsTruncated>${content}</ListBucketResult>`;
const parse = (xml: string) => parseListAnswer(xml, { version: 2 });
const keys = (xml: string) => parse(xml).objects.map(({ key }) => key);

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
      { numRuns: 300 },
    );
  }, 60_000);

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
      { numRuns: 300 },
    );
  }, 60_000);

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
      { numRuns: 300 },
    );
  }, 60_000);
});
