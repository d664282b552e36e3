/** An element: text, or elements in it. Of a list there is one for each. */
export type Content = string | readonly (readonly [name: string, content: Content])[];

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * A document as S3 answers it. By names alone, because the parsers of clients in browsers know no references by number; what XML
 * cannot hold (https://www.w3.org/TR/xml/#charsets) becomes U+FFFD.
 */
export function s3Document(name: string, content: Content, isError = false): string {
  // An error has no namespace: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  const space = isError ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${space}>${written(content)}</${name}>`;
}

function written(content: Content): string {
  if (typeof content !== 'string')
    return content.map(([name, inner]) => `<${name}>${written(inner)}</${name}>`).join('');
  return (
    content
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- they are what XML has not
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"']/g, (character) => REFERENCES[character] ?? '')
  );
}
