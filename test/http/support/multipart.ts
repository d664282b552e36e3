/** A request with a form, as text. */
export function multipart(parts: readonly string[], boundary = 'XX', end = true): string {
  const body =
    parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('') + (end ? `--${boundary}--\r\n` : '');
  return (
    'POST /api/documents/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    `Content-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
/** A part of it that is a file. */
export const filePart = (name: string, content: string, type = 'text/plain', field = 'file'): string =>
  `Content-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n${content}`;
