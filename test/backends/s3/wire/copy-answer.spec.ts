import { describe, expect, it } from '@jest/globals';
import { parseCopyAnswer } from '../../../../src/backends/s3/wire/copy-answer.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';

const DATE = '2009-10-28T22:32:00.000Z';
const copied = (content: string) => `<CopyObjectResult>${content}</CopyObjectResult>`;

describe('the answer to a CopyObject', () => {
  it('has the ETag and the date, after white space that kept the connection open', () => {
    const xml =
      `   \n <?xml version="1.0" encoding="UTF-8"?>\n<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
      `<LastModified>${DATE}</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag>` +
      '<ChecksumCRC32>AAAAAA==</ChecksumCRC32></CopyObjectResult>';
    expect(parseCopyAnswer(xml)).toEqual({
      etag: '9b2cf535f27731c974343645a3985328',
      lastModified: new Date(DATE),
    });
  });

  it('has it after the progress that Ceph RGW tells', () => {
    const xml = copied(`<Progress>0</Progress><Progress>4194304</Progress><ETag>"e-2"</ETag>`);
    expect(parseCopyAnswer(xml)).toEqual({ etag: 'e-2', lastModified: undefined });
  });

  it('goes without a date that cannot be read', () => {
    expect(parseCopyAnswer(copied('<ETag>e</ETag><LastModified>soon</LastModified>'))).toEqual({
      etag: 'e',
      lastModified: undefined,
    });
  });

  it('is an error when it says one with the status 200', () => {
    const xml =
      '\n<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>Please reduce</Message><RequestId>r</RequestId></Error>';
    expect(() => parseCopyAnswer(xml)).toThrow(S3AnsweredError);
    expect(() => parseCopyAnswer(xml)).toThrow(
      expect.objectContaining({ answer: { code: 'SlowDown', detail: 'Please reduce', requestId: 'r' } }),
    );
  });

  it.each([
    ['nothing', ''],
    ['white space alone', ' \n '],
    ['no ETag', copied(`<LastModified>${DATE}</LastModified>`)],
    ['cut off', copied('<ETag>e</ETag>').slice(0, -1)],
    ['an error that is cut off', '<Error><Code>SlowDown</Code>'],
    ['another answer', '<CopyPartResult><ETag>e</ETag></CopyPartResult>'],
  ])('is refused: %s', (_, xml) => {
    expect(() => parseCopyAnswer(xml)).toThrow(XmlError);
  });
});
