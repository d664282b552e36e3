import fc from 'fast-check';

/** Text that XML 1.0 can carry and no parser alters: a bare CR becomes a line feed in most of them. */
export const xmlText = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(...'aZ0/-._~ %+&<>\'"\t\n];:=\u{e9}\u{2028}\u{1f600}\u{85}\u{fffd}'),
      },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
      },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 0xe000, max: 0xfffd }).map((code) => String.fromCodePoint(code)),
      },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      },
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((characters) => characters.join(''));

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** The ways in which a character may stand in a document. */
const character = fc.constantFrom(
  (text: string) => NAMED[text] ?? text,
  (text: string) => NAMED[text] ?? text,
  (text: string) => `&#${text.codePointAt(0)};`,
  (text: string) => `&#x${text.codePointAt(0)?.toString(16)};`,
  (text: string) => `&#x${text.codePointAt(0)?.toString(16).toUpperCase().padStart(6, '0')};`,
  (text: string) => `<![CDATA[${text}]]>`,
  (text: string) => `${NAMED[text] ?? text}<!-- a <b> & c -->`,
);

/** One of the ways in which a text may be written. */
export const written = (text: string): fc.Arbitrary<string> =>
  fc
    .array(character, { minLength: 1, maxLength: 8 })
    .map((ways) => [...text].map((one, i) => ways[i % ways.length]?.(one) ?? '').join(''));

/** Between elements. */
export const gap = fc.constantFrom('', '', '', '\n  ', ' \t\r\n', '<!-- > -->', '<?pi a > b ?>');

export const prefix = fc.constantFrom('', '', 'ns2:', 's3:');
const attributes = fc.constantFrom(
  '',
  '',
  '',
  ' ',
  ' a="1"',
  ` a='">' x:b = "/>"`,
  '\n xmlns="http://a/?b&amp;c" ',
);

/** An element in one of the forms that mean the same. */
export const element = (name: string, content: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.record({ prefix, attributes, content, end: fc.constantFrom('', '', ' ', '\n') }).map((form) => {
    const tag = form.prefix + name;
    if (form.content === '' && form.end) return `<${tag}${form.attributes}/>`;
    return `<${tag}${form.attributes}>${form.content}</${tag}${form.end}>`;
  });
