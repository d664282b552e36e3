import { asAnn, type Headers } from './request.js';
import type { Wire } from './wire.js';

export const UPLOAD = '/api/documents/upload';
export const BOUNDARY = 'XX';

/** A part of a form: its headers as they are, and its content. Characters are bytes of UTF-8; give a Buffer for others. */
export function part(headers: string | Buffer, content: string | Buffer = 'x'): Buffer {
  return Buffer.concat([Buffer.from(headers), Buffer.from('\r\n\r\n'), Buffer.from(content)]);
}

/** A part that is a file. */
export const file = (
  filename: string | Buffer,
  content: string | Buffer = 'x',
  type = 'text/plain',
  name = 'file',
): Buffer =>
  part(
    Buffer.concat([
      Buffer.from(`Content-Disposition: form-data; name="${name}"; filename="`),
      Buffer.from(filename),
      Buffer.from(`"\r\nContent-Type: ${type}`),
    ]),
    content,
  );

/** A part that is a text field. */
export const field = (name: string, value = 'x'): Buffer =>
  part(`Content-Disposition: form-data; name="${name}"`, value);

/** The body of a form. */
export function form(parts: readonly Buffer[], boundary = BOUNDARY): Buffer {
  const lines = parts.flatMap((one) => [Buffer.from(`--${boundary}\r\n`), one, Buffer.from('\r\n')]);
  return Buffer.concat([...lines, Buffer.from(`--${boundary}--\r\n`)]);
}

/** An upload with any body and any Content-Type. */
export const upload = (
  body: string | Buffer,
  {
    type = `multipart/form-data; boundary=${BOUNDARY}`,
    headers = {},
    target = UPLOAD,
  }: {
    readonly type?: string;
    readonly headers?: Headers;
    readonly target?: string;
  } = {},
): Wire => asAnn('POST', target, { 'Content-Type': type, ...headers }, body);

/** An upload of a form. */
export const send = (...parts: readonly Buffer[]): Wire => upload(form(parts));

/** A form that is right: a field and a file. */
export const SMALL = form([field('note', 'some text'), file('a.txt', 'content of the file')]);
