import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDeleteAnswer } from '../../../../src/backends/s3/wire/delete-answer.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';
import { element, gap, written, xmlText } from './support/xml-forms.js';

const result = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</DeleteResult>`;

describe('the answer to a DeleteObjects', () => {
  it('says of each key what became of it', () => {
    const xml = result(
      '<Deleted><Key>a &amp; b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>v</DeleteMarkerVersionId></Deleted>' +
        '<Error><Key>c</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' +
        '<Deleted><Key>d%20+</Key><VersionId>v</VersionId></Deleted>' +
        '<Error><Key>e</Key><VersionId/><Code>InternalError</Code><Message/></Error>',
    );
    expect(parseDeleteAnswer(xml)).toEqual([
      { key: 'a & b' },
      { key: 'c', code: 'AccessDenied', message: 'Access Denied' },
      { key: 'd%20+' },
      { key: 'e', code: 'InternalError' },
    ]);
  });

  it.each([
    result(''),
    '<DeleteResult/>',
    '<s3:DeleteResult xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" />',
  ])('is empty when nothing failed and it was to be quiet: %s', (xml) => {
    expect(parseDeleteAnswer(xml)).toEqual([]);
  });

  it('says that a key failed when its error has no code', () => {
    expect(parseDeleteAnswer(result('<Error><Key>k</Key></Error>'))).toEqual([
      { key: 'k', code: 'InternalError' },
    ]);
  });

  it.each([
    ['an entry without a key', result('<Deleted/>')],
    ['an error without a key', result('<Error><Code>InternalError</Code></Error>')],
    ['nothing', ''],
    ['cut off', result('<Deleted><Key>a</Key></Deleted>').slice(0, -3)],
    ['another answer', '<ListBucketResult/>'],
    ['more keys than were asked for', result('<Deleted><Key>a</Key></Deleted>'.repeat(1001))],
  ])('is refused: %s', (_, xml) => {
    expect(() => parseDeleteAnswer(xml)).toThrow(XmlError);
  });

  it('is an error of all keys when its root is one', () => {
    expect(() => parseDeleteAnswer('<Error><Code>SlowDown</Code></Error>')).toThrow(S3AnsweredError);
  });

  it('means the same in any form', () => {
    const key = xmlText.chain((text) =>
      fc
        .tuple(gap, element('Key', written(text)), gap)
        .chain((parts) => element('Deleted', fc.constant(parts.join(''))))
        .map((xml) => ({ text, xml })),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 5 }), (made) => {
        const xml = result(made.map((one) => one.xml).join('\n'));
        expect(parseDeleteAnswer(xml)).toEqual(made.map((one) => ({ key: one.text })));
      }),
      { numRuns: 300 },
    );
  });
});
