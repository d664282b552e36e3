import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { parseCompleteAnswer } from '../../../../src/backends/s3/wire/complete-answer.js';
import { completeRequest } from '../../../../src/backends/s3/wire/complete-request.js';
import { parseCopyPartAnswer } from '../../../../src/backends/s3/wire/copy-part-answer.js';
import { parseCreateUploadAnswer } from '../../../../src/backends/s3/wire/create-upload-answer.js';
import { parseListPartsAnswer } from '../../../../src/backends/s3/wire/list-parts-answer.js';
import { parseListUploadsAnswer } from '../../../../src/backends/s3/wire/list-uploads-answer.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';
import { element, gap, written, xmlText } from './support/xml-forms.js';

const NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const DATE = '2026-11-21T10:00:00.000Z';
const parts = (content: string) => `<ListPartsResult ${NS}>${content}</ListPartsResult>`;
const uploads = (content: string) =>
  `<ListMultipartUploadsResult ${NS}>${content}</ListMultipartUploadsResult>`;
const END = '<IsTruncated>false</IsTruncated>';
const MORE = '<IsTruncated>true</IsTruncated>';
const part = (number: number) =>
  `<Part><PartNumber>${number}</PartNumber><ETag>"e${number}"</ETag><Size>5</Size></Part>`;
const upload = (key: string, id = 'i') =>
  `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${DATE}</Initiated></Upload>`;

const parsers: Readonly<Record<string, readonly [parse: (xml: string) => unknown, whole: string]>> = {
  CreateMultipartUpload: [
    parseCreateUploadAnswer,
    `<InitiateMultipartUploadResult ${NS}><UploadId>u</UploadId></InitiateMultipartUploadResult>`,
  ],
  UploadPartCopy: [parseCopyPartAnswer, '<CopyPartResult><ETag>"e"</ETag></CopyPartResult>'],
  ListParts: [parseListPartsAnswer, parts(END)],
  CompleteMultipartUpload: [
    parseCompleteAnswer,
    '<CompleteMultipartUploadResult><ETag>"e-1"</ETag></CompleteMultipartUploadResult>',
  ],
  ListMultipartUploads: [parseListUploadsAnswer, uploads(END)],
};

describe.each(Object.entries(parsers))('the answer to a %s', (_, [parse, whole]) => {
  it('may come after white space, which keeps the connection open', () => {
    expect(parse(` \n <?xml version="1.0"?>\n${whole}`)).toEqual(parse(whole));
  });

  it('is an error when it says one with the status 200', () => {
    const xml = '\n<Error><Code>InternalError</Code><Message>We encountered</Message></Error>';
    expect(() => parse(xml)).toThrow(S3AnsweredError);
    expect(() => parse(xml)).toThrow(
      expect.objectContaining({ answer: { code: 'InternalError', detail: 'We encountered' } }),
    );
  });

  it.each([
    ['nothing', ''],
    ['white space alone', ' \n '],
    ['cut off', whole.slice(0, -1)],
    ['an error that is cut off', '<Error><Code>SlowDown</Code>'],
    ['another answer', '<CopyObjectResult><ETag>e</ETag></CopyObjectResult>'],
    ['the page of a proxy', '<html><body>Bad gateway</body></html>'],
  ])('is refused: %s', (__, xml) => {
    expect(() => parse(xml)).toThrow(XmlError);
  });
});

describe('the answer to a CreateMultipartUpload', () => {
  it('has an id', () => {
    expect(parseCreateUploadAnswer(parsers['CreateMultipartUpload']![1])).toEqual({ uploadId: 'u' });
    const without = '<InitiateMultipartUploadResult><UploadId> </UploadId></InitiateMultipartUploadResult>';
    expect(() => parseCreateUploadAnswer(without)).toThrow('no upload id');
  });

  it('means the same in any form', () => {
    const form = xmlText
      .filter((id) => id.trim() !== '')
      .chain((id) =>
        element('UploadId', written(id)).map((xml) => ({
          id,
          xml: `<InitiateMultipartUploadResult>${xml}</InitiateMultipartUploadResult>`,
        })),
      );
    fc.assert(
      fc.property(form, ({ id, xml }) => {
        expect(parseCreateUploadAnswer(xml)).toEqual({ uploadId: id.trim() });
      }),
    );
  });
});

describe('the answers that tell a part and an object', () => {
  it('have the ETag and the checksums', () => {
    const sums = '<ETag>&quot;9b2c&quot;</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumSHA256/>';
    expect(parseCopyPartAnswer(`<CopyPartResult>${sums}</CopyPartResult>`)).toEqual({
      etag: '9b2c',
      checksums: { crc32: 'AAAAAA==' },
    });
    const whole = `<CompleteMultipartUploadResult><Location>x</Location>${sums}<ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>`;
    expect(parseCompleteAnswer(whole)).toEqual({
      etag: '9b2c',
      checksums: { crc32: 'AAAAAA==' },
      checksumType: 'FULL_OBJECT',
    });
  });

  it('need an ETag for a part, and not for an object: Ceph RGW tells none', () => {
    expect(() => parseCopyPartAnswer('<CopyPartResult/>')).toThrow('no ETag');
    const none = '<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>';
    expect(parseCompleteAnswer(none)).toEqual({ etag: '', checksums: {} });
  });
});

describe('a page of parts', () => {
  it('has them with their checksums, and where the next one begins', () => {
    const full =
      '<Part><PartNumber>2</PartNumber><LastModified>x</LastModified><ETag>&quot;e2&quot;</ETag><Size>7</Size><ChecksumCRC32>AA==</ChecksumCRC32></Part>';
    expect(
      parseListPartsAnswer(parts(`<NextPartNumberMarker>2</NextPartNumberMarker>${MORE}${part(1)}${full}`)),
    ).toEqual({
      parts: [
        { number: 1, size: 5, etag: 'e1', checksums: {} },
        { number: 2, size: 7, etag: 'e2', checksums: { crc32: 'AA==' } },
      ],
      next: 2,
    });
  });

  it('goes on after its last part where it does not say it', () => {
    expect(parseListPartsAnswer(parts(MORE + part(4)))).toMatchObject({ next: 4 });
    const zero = '<NextPartNumberMarker>0</NextPartNumberMarker>';
    expect(parseListPartsAnswer(parts(zero + MORE + part(4)))).toMatchObject({ next: 4 });
  });

  it('is the last one where it says so, whatever its marker is', () => {
    const marker = '<NextPartNumberMarker>9</NextPartNumberMarker>';
    expect(parseListPartsAnswer(parts(marker + END + part(9))).next).toBeUndefined();
  });

  it.each([
    ['no end', part(1)],
    ['more, and not where', MORE],
    ['a part without a size', `${END}<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>`],
    ['a part without an ETag', `${END}<Part><PartNumber>1</PartNumber><Size>1</Size></Part>`],
    ['a part 0', `${END}<Part><PartNumber>0</PartNumber><ETag>e</ETag><Size>1</Size></Part>`],
    ['more than were asked for', END + part(1).repeat(10_001)],
  ])('is refused: %s', (_, content) => {
    expect(() => parseListPartsAnswer(parts(content))).toThrow(XmlError);
  });
});

describe('a page of uploads', () => {
  it('has them, decoded where it says that they are encoded', () => {
    const content = `<EncodingType>url</EncodingType><NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>i</NextUploadIdMarker>${MORE}${upload('a%20b')}`;
    expect(parseListUploadsAnswer(uploads(content))).toEqual({
      uploads: [{ key: 'a b', uploadId: 'i', initiated: new Date(DATE) }],
      next: { key: 'a b', uploadId: 'i' },
    });
    expect(parseListUploadsAnswer(uploads(END + upload('a%20b')))).toMatchObject({
      uploads: [{ key: 'a%20b' }],
    });
  });

  it('goes on after its last upload where it does not say it', () => {
    expect(parseListUploadsAnswer(uploads(MORE + upload('a') + upload('b', 'j')))).toMatchObject({
      next: { key: 'b', uploadId: 'j' },
    });
  });

  it.each([
    ['no end', upload('a')],
    ['more, and not where', MORE],
    ['an upload without an id', END + upload('a', '')],
    ['an upload without a date', `${END}<Upload><Key>a</Key><UploadId>i</UploadId></Upload>`],
    ['a key that is not encoded though it says so', `${END}<EncodingType>url</EncodingType>${upload('%ff')}`],
    ['more than were asked for', END + upload('a').repeat(10_001)],
  ])('is refused: %s', (_, content) => {
    expect(() => parseListUploadsAnswer(uploads(content))).toThrow(XmlError);
  });

  it('means the same in any form', () => {
    const one = xmlText.chain((key) =>
      fc
        .tuple(
          gap,
          element('Key', written(key)),
          gap,
          element('UploadId', fc.constant('i')),
          element('Initiated', fc.constant(DATE)),
        )
        .chain((pieces) => element('Upload', fc.constant(pieces.join(''))))
        .map((xml) => ({ key, xml })),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 4 }), (made) => {
        const xml = uploads(END + made.map((each) => each.xml).join('\n'));
        expect(parseListUploadsAnswer(xml).uploads.map(({ key }) => key)).toEqual(made.map(({ key }) => key));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the body of a CompleteMultipartUpload', () => {
  it('says of each part what another parser reads', () => {
    const named = fc.array(
      fc.record({
        number: fc.integer({ min: 1, max: 10_000 }),
        etag: xmlText.filter((text) => !text.includes('"')),
        crc32: fc.option(fc.base64String({ minLength: 8, maxLength: 8 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const reader = new XMLParser({
      parseTagValue: false,
      trimValues: false,
      htmlEntities: true,
      isArray: (name) => name === 'Part',
    });
    fc.assert(
      fc.property(named, (given) => {
        const { CompleteMultipartUpload } = reader.parse(completeRequest(given)) as {
          CompleteMultipartUpload: { Part: Record<string, string>[] };
        };
        expect(CompleteMultipartUpload.Part).toEqual(
          given.map(({ number, etag, crc32 }) => ({
            ...(crc32 !== undefined && { ChecksumCRC32: crc32 }),
            ETag: `"${etag}"`,
            PartNumber: String(number),
          })),
        );
      }),
    );
  });
});
