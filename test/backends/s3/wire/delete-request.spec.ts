import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { deleteRequest, isXmlSafe } from '../../../../src/backends/s3/wire/delete-request.js';
import { parseDeleteAnswer } from '../../../../src/backends/s3/wire/delete-answer.js';
import { xmlText } from './support/xml-forms.js';

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: Infinity, maxExpandedLength: Infinity },
  isArray: (name) => name === 'Object',
});

interface Parsed {
  readonly Delete: { readonly Quiet: string; readonly Object: readonly { readonly Key: string }[] };
}

describe('the body of a DeleteObjects', () => {
  it('is what S3 documents', () => {
    expect(deleteRequest(['a/b', 'c']).toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<Object><Key>a/b</Key></Object><Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>',
    );
    expect(deleteRequest(['a'], false).toString()).toContain('<Quiet>false</Quiet>');
  });

  it('gives every key back to whoever parses it, line ends too', () => {
    const key = fc.oneof(xmlText, fc.string({ unit: 'binary', minLength: 1 }).filter(isXmlSafe));
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), (keys) => {
        const { Delete } = parser.parse(deleteRequest(keys)) as Parsed;
        expect(Delete.Object.map(({ Key }) => Key)).toEqual(keys);
        expect(Delete.Quiet).toBe('true');
      }),
      { numRuns: 500 },
    );
    const hostile = [
      '\r\n',
      '</Key></Object><Object><Key>b',
      ']]>',
      '<![CDATA[',
      '&amp;',
      '&lt;',
      ' a ',
      '\t',
      '$&',
    ];
    expect((parser.parse(deleteRequest(hostile)) as Parsed).Delete.Object.map(({ Key }) => Key)).toEqual(
      hostile,
    );
    const echo = deleteRequest(hostile)
      .toString()
      .replaceAll(/<(\/?)Object>/g, '<$1Deleted>')
      .replaceAll(/<(\/?)Delete\b/g, '<$1DeleteResult');
    expect(parseDeleteAnswer(echo).map(({ key: echoed }) => echoed)).toEqual(hostile);
  });
});

describe('a key that XML can carry', () => {
  it.each(['a', '\t\n\r', '\u0085\u007f', '\ud7ff\ue000\ufffd', '\u{1f600}\u{10ffff}'])('is %j', (key) => {
    expect(isXmlSafe(key)).toBe(true);
  });

  it.each([
    '\0',
    'a\u0001',
    '\u0008',
    '\u000b',
    '\u001f',
    '\ufffe',
    'b\uffff',
    '\ud800',
    'a\udc00b',
    '\udc00\ud800',
  ])('is not %j', (key) => {
    expect(isXmlSafe(key)).toBe(false);
  });
});
