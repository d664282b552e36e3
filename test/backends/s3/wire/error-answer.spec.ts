import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseErrorAnswer } from '../../../../src/backends/s3/wire/error-answer.js';

describe('an error of S3', () => {
  it('has what AWS says, and no key or signature', () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature does not match.</Message>' +
      '<AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 secret</StringToSign><SignatureProvided>secret</SignatureProvided>' +
      '<RequestId>4442587FB7D0A2F9</RequestId><HostId>host/id=</HostId></Error>';
    expect(parseErrorAnswer(xml)).toEqual({
      code: 'SignatureDoesNotMatch',
      detail: 'The request signature does not match.',
      requestId: '4442587FB7D0A2F9',
      extendedRequestId: 'host/id=',
    });
  });

  it.each([
    [
      'the region, with AuthorizationHeaderMalformed',
      '<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>',
      { code: 'AuthorizationHeaderMalformed', region: 'eu-west-1' },
    ],
    [
      'the host, with PermanentRedirect',
      '<Error><Code>PermanentRedirect</Code><Bucket>b</Bucket><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint></Error>',
      { code: 'PermanentRedirect', endpoint: 'b.s3.eu-west-1.amazonaws.com' },
    ],
    [
      'the condition, with PreconditionFailed',
      '<Error><Code>PreconditionFailed</Code><Condition>If-None-Match</Condition></Error>',
      { code: 'PreconditionFailed', condition: 'If-None-Match' },
    ],
    [
      'the clock, with RequestTimeTooSkewed',
      '<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20240101T000000Z</RequestTime><ServerTime>2024-02-01T00:00:00Z</ServerTime></Error>',
      { code: 'RequestTimeTooSkewed', serverTime: new Date('2024-02-01T00:00:00Z') },
    ],
    [
      'its code alone, from Ceph RGW',
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message></Message><BucketName>b</BucketName><RequestId>tx0</RequestId><HostId>h</HostId></Error>',
      { code: 'NoSuchKey', requestId: 'tx0', extendedRequestId: 'h' },
    ],
    [
      'what an ErrorResponse holds',
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>r</RequestId></ErrorResponse>',
      { code: 'Throttling', detail: 'Rate exceeded', requestId: 'r' },
    ],
    ['a message in one line', '<Error><Message>\n a\r\n  b\u0000</Message></Error>', { detail: 'a b\u0000' }],
  ])('has %s', (_, xml, expected) => {
    expect(parseErrorAnswer(xml)).toEqual(expected);
  });

  it('has no endless message', () => {
    expect(parseErrorAnswer(`<Error><Message>${'a'.repeat(5000)}</Message></Error>`)?.detail).toHaveLength(
      1024,
    );
  });
});

describe('what is no error of S3', () => {
  const error = '<Error><Code>SlowDown</Code></Error>';
  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    [
      'HTML of a proxy',
      '<html>\n<head><title>502 Bad Gateway</title></head><body><hr><br>nginx</body></html>',
    ],
    ['HTML with a document type', '<!DOCTYPE html><html><Error><Code>a</Code></Error></html>'],
    ['text', 'upstream connect error or disconnect/reset before headers'],
    ['JSON', '{"Code":"SlowDown"}'],
    ['another answer', '<ListBucketResult><Code>a</Code></ListBucketResult>'],
    ['an error that says nothing', '<Error/>'],
    ['an error with an entity', `<!DOCTYPE e [<!ENTITY a "b">]><Error><Code>&a;</Code></Error>`],
    ...Array.from({ length: error.length }, (_, i) => [`cut off after ${i}`, error.slice(0, i)] as const),
  ])('is %s', (_, body) => {
    expect(parseErrorAnswer(body)).toBeUndefined();
  });

  it('never throws, whatever comes', () => {
    const piece = fc.constantFrom(
      '<',
      '</',
      '/>',
      '>',
      'Error',
      'Code',
      '&',
      ';',
      'amp',
      '<!--',
      '-->',
      '<![CDATA[',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, piece, fc.string({ unit: 'binary', maxLength: 3 }))), (pieces) => {
        parseErrorAnswer(pieces.join(''));
        parseErrorAnswer(`<Error>${pieces.join('')}</Error>`);
      }),
      { numRuns: 1000 },
    );
  });
});
