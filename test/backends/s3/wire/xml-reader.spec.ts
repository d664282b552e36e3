import { describe, expect, it } from '@jest/globals';
import { parseListAnswer } from '../../../../src/backends/s3/wire/list-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';
import { collectGarbage } from '../../../support/collect-garbage.js';
import { cpuMs } from '../../../support/cpu-ms.js';

const DATE = '<LastModified>2009-10-12T17:50:30.000Z</LastModified>';
const object = (key: string) =>
  `<Contents><Key>${key}</Key>${DATE}<ETag>"e-1234567890"</ETag><Size>1</Size></Contents>`;
const last = (content: string) =>
  `<ListBucketResult><IsTruncated>false</IsTruncated>${content}</ListBucketResult>`;
const parse = (xml: string) => parseListAnswer(xml, { version: 2 });
const keys = (xml: string) => parse(xml).objects.map(({ key }) => key);

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
    expect(cpuMs(() => expect(() => parse(xml)).toThrow(XmlError))).toBeLessThan(5000);
  });

  it.each([
    ['comments', '<!---->'.repeat(1_000_000)],
    ['CDATA', '<![CDATA[]]>'.repeat(500_000)],
    ['processing instructions', '<?a?>'.repeat(1_000_000)],
    ['elements', '<a/>'.repeat(1_000_000)],
    ['references', `<a>${'&amp;'.repeat(1_000_000)}</a>`],
  ])('costs time in proportion to its length: %s', (_, content) => {
    expect(cpuMs(() => expect(parse(last(content)).objects).toEqual([]))).toBeLessThan(5000);
  });

  it('takes names of Object.prototype for names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const xml = last(names.map((name) => `<${name}><x>1</x></${name}>${object(name)}`).join(''));
    expect(keys(xml)).toEqual(names);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('the memory of a list', () => {
  const held = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const thousand = (n: number) =>
    last(
      Array.from({ length: 1000 }, (_, i) => object(`photos/2024/some-folder/file-${n}-${i}.jpeg`)).join(''),
    );

  it('stays flat over 1,000,000 keys, and a key that is kept does not keep its page', () => {
    const kept: string[] = [];
    const xml = Buffer.from(thousand(0));
    const before = held();
    for (let n = 0; n < 1000; n++) {
      // A string of its own each time, as it comes from a socket.
      const [first] = parse(xml.toString()).objects;
      if (first) kept.push(first.key, first.etag);
    }
    // The pages have 300 MB; of 2,000 short strings nobody needs a tenth of this.
    expect(held() - before).toBeLessThan(5 * 1024 * 1024);
    expect(kept).toHaveLength(2000);
  }, 120_000);
});
