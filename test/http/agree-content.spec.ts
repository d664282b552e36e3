import { describe, expect, it } from '@jest/globals';
import { agreeContent } from '../../src/http/upload/content/agree-content.js';
import { detectContent, recognisedTypes } from '../../src/http/upload/content/detect-content.js';
import { fileExtension } from '../../src/http/upload/content/file-extension.js';
import { CONTENTS } from './support/contents.js';
import { DOCM, DOCX } from './support/office.js';

const CONTENT = {
  ...CONTENTS,
  ...DOCX,
  docm: DOCM,
  empty: Buffer.alloc(0),
  fragment: Buffer.from('<p align=center>x</p>'),
};
const DOCUMENT = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** A content, what it is declared as, its name, and what comes of it. */
type Case = [keyof typeof CONTENT, string | undefined, string, string];

async function agree(
  content: keyof typeof CONTENT,
  declared: string | undefined,
  name: string,
): Promise<string> {
  const bytes = CONTENT[content];
  const head = bytes.subarray(0, 65_536);
  const found = await detectContent(head, head.length < bytes.length);
  const extension = fileExtension(name);
  const agreed = agreeContent({ declared, extension, found, recognised: await recognisedTypes() });
  return typeof agreed === 'string' ? agreed : agreed.map(({ type }) => type).join(' ');
}

describe('The extension of a name', () => {
  it.each([
    ['a.jpg', 'jpg'],
    ['A.JPG', 'jpg'],
    ['a.tar.gz', 'gz'],
    ['a', undefined],
    ['', undefined],
    ['.', undefined],
    ['.htaccess', 'htaccess'],
    ['a.', undefined],
    ['a.php.', 'php'],
    ['a.php . .', 'php'],
    ['a.php ', 'php'],
    ['a.php\u00a0', 'php'],
    ['a.jpg.php', 'php'],
    ['a.php.jpg', 'jpg'],
    ['a.php%00.jpg', 'php'],
    ['a.php\0.jpg', 'php'],
    ['a.php::$DATA', 'php'],
    ['a.asp;.jpg', 'jpg'],
  ])('of %j is %j', (name, extension) => {
    expect(fileExtension(name)).toBe(extension);
  });
});

describe('Agree', () => {
  it.each<Case>([
    ['jpeg', 'image/jpeg', 'a.jpg', 'image/jpeg'],
    ['jpeg', 'image/jpg', 'a.jpeg', 'image/jpg image/jpeg'],
    ['jpeg', 'image/pjpeg', 'a.JFIF', 'image/pjpeg image/jpeg'],
    ['jpeg', undefined, 'a.jpg', 'image/jpeg'],
    ['jpeg', undefined, 'a', 'image/jpeg'],
    ['jpeg', 'image/jpeg', 'a', 'image/jpeg'],
    ['jpeg', 'image/jpeg', 'a.backup', 'image/jpeg'],
    ['png', 'image/png', 'a.png', 'image/png'],
    ['apng', 'image/png', 'a.png', 'image/png'],
    ['apng', 'image/apng', 'a.png', 'image/apng'],
    ['heif', 'image/heic', 'a.heic', 'image/heic'],
    ['heic', 'image/heif', 'a.heic', 'image/heif'],
    ['heif', 'image/avif', 'a.avif', 'image/avif'],
    ['ico', 'image/vnd.microsoft.icon', 'favicon.ico', 'image/vnd.microsoft.icon image/x-icon'],
    ['mp3', 'audio/mp3', 'a.mp3', 'audio/mp3 audio/mpeg'],
    ['wav', 'audio/vnd.wave', 'a.wav', 'audio/vnd.wave audio/wav'],
    ['wav', 'audio/x-wav', 'a.wav', 'audio/x-wav audio/wav'],
    ['m4a', 'audio/x-m4a', 'a.m4a', 'audio/x-m4a audio/mp4'],
    ['mp4', 'audio/mp4', 'a.m4a', 'audio/mp4'],
    ['mp4', 'video/mp4', 'a.mp4', 'video/mp4'],
    ['mp4', undefined, 'a.mp4', 'video/mp4 audio/mp4'],
    ['webm', 'audio/webm', 'a.webm', 'audio/webm'],
    ['webm', undefined, 'a.webm', 'video/webm audio/webm'],
    ['opus', 'audio/ogg', 'a.ogg', 'audio/ogg'],
    ['opus', 'audio/opus', 'a.opus', 'audio/opus audio/ogg'],
    ['vorbis', 'application/ogg', 'a.ogg', 'audio/ogg application/ogg'],
    ['vorbis', 'video/ogg', 'a.ogg', 'audio/ogg'],
    ['theora', 'video/ogg', 'a.ogv', 'video/ogg'],
    ['flac', 'audio/x-flac', 'a.flac', 'audio/x-flac audio/flac'],
    ['aiff', 'audio/x-aiff', 'a.aif', 'audio/x-aiff audio/aiff'],
    ['pdf', 'application/pdf', 'a.pdf', 'application/pdf'],
    ['rtf', 'text/rtf', 'a.rtf', 'text/rtf application/rtf'],
    ['rtf', 'application/msword', 'a.rtf', 'application/rtf'],
    ['doc', 'application/msword', 'a.doc', 'application/msword'],
    ['doc', undefined, 'a.xls', 'application/vnd.ms-excel'],
    ['Word', DOCUMENT, 'a.docx', DOCUMENT],
    ['LibreOffice', DOCUMENT, 'a.docx', DOCUMENT],
    ['Google Docs', undefined, 'a.docx', DOCUMENT],
    ['Word', 'application/zip', 'a.docx', DOCUMENT],
    ['a writer that begins with a large picture', DOCUMENT, 'a.docx', DOCUMENT],
    ['odt', 'application/vnd.oasis.opendocument.text', 'a.odt', 'application/vnd.oasis.opendocument.text'],
    ['docm', undefined, 'a.docm', 'application/vnd.ms-word.document.macroenabled.12'],
    ['zip', 'application/x-zip-compressed', 'a.zip', 'application/x-zip-compressed application/zip'],
    ['gzip', 'application/x-gzip', 'a.tgz', 'application/x-gzip application/gzip'],
    ['text', 'text/plain', 'a.txt', 'text/plain'],
    ['text', 'text/plain', 'a.log', 'text/plain'],
    ['text', 'text/plain', 'README', 'text/plain'],
    ['markdown', 'text/plain', 'a.md', 'text/plain'],
    ['markdown', undefined, 'a.md', 'text/markdown text/plain'],
    ['fragment', 'text/markdown', 'README.md', 'text/markdown'],
    ['csv', 'text/csv', 'a.csv', 'text/csv'],
    ['csv', 'application/vnd.ms-excel', 'a.csv', 'text/csv'],
    ['json', 'application/json', 'a.json', 'application/json'],
    ['json', 'application/ld+json', 'a.jsonld', 'application/ld+json'],
    ['html', 'text/html', 'a.html', 'text/html'],
    ['svg', 'image/svg+xml', 'a.svg', 'image/svg+xml'],
    ['xml', 'text/xml', 'a.xml', 'text/xml application/xml'],
    ['xml', 'application/atom+xml', 'a.atom', 'application/atom+xml'],
    ['javascript', 'text/javascript', 'a.js', 'text/javascript'],
    ['text', 'text/calendar', 'a.ics', 'text/calendar'],
    ['text', undefined, 'a.yaml', 'text/yaml text/plain'],
    ['empty', 'text/plain', 'a.txt', 'text/plain'],
    ['empty', 'application/json', 'a', 'application/json'],
    ['unknown', undefined, 'a.bin', 'application/octet-stream'],
    ['unknown', 'application/x-of-ours', 'a.ours', 'application/x-of-ours'],
    ['elf', 'application/x-elf', 'a', 'application/x-elf'],
  ])('%s, declared as %s, named %s: %s', async (content, declared, name, expected) => {
    expect(await agree(content, declared, name)).toBe(expected);
  });
});

describe('Disagree', () => {
  it.each<Case>([
    ['jpeg', 'image/png', 'a.png', 'content-type'],
    ['jpeg', 'image/jpeg', 'a.png', 'content-extension'],
    ['jpeg', undefined, 'a.png', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.php', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.jpg.php', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.php%00.jpg', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.html', 'content-extension'],
    ['jpeg', 'image/jpeg', '.htaccess', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.jsp', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.exe', 'content-extension'],
    ['jpeg', 'image/jpeg', 'a.txt', 'content-extension'],
    ['png', 'image/jpeg', 'a.png', 'content-type'],
    ['text', 'text/plain', 'a.php', 'type-extension'],
    ['text', 'text/plain', 'a.html', 'type-extension'],
    ['text', 'text/plain', 'a.js', 'type-extension'],
    ['text', 'text/plain', 'a.jsp', 'content-extension'],
    ['text', 'text/plain', '.htaccess', 'content-extension'],
    ['text', 'text/plain', 'a.ps1', 'content-extension'],
    ['text', 'text/plain', 'a.svg', 'content-extension'],
    ['text', 'text/plain', 'a.png', 'content-extension'],
    ['text', 'image/png', 'a.png', 'content-type'],
    ['text', 'application/json', 'a.json', 'content-type'],
    ['text', 'image/svg+xml', 'a.svg', 'content-type'],
    ['html', 'text/plain', 'a.txt', 'content-type'],
    ['html', 'text/markdown', 'a.md', 'content-type'],
    ['html', 'text/csv', 'a.csv', 'content-type'],
    ['html', 'application/json', 'a.json', 'content-type'],
    ['html', 'image/png', 'a.png', 'content-type'],
    ['html', undefined, 'a.txt', 'content-extension'],
    ['fragment', 'text/csv', 'a.csv', 'content-type'],
    ['svg', 'text/plain', 'a.txt', 'content-type'],
    ['svg', 'image/png', 'a.png', 'content-type'],
    ['svg', 'application/xml', 'a.xml', 'content-type'],
    ['xml', 'text/plain', 'a.txt', 'content-type'],
    ['zip', DOCUMENT, 'a.docx', 'content-type'],
    ['xlsx', DOCUMENT, 'a.docx', 'content-type'],
    ['docm', DOCUMENT, 'a.docx', 'content-type'],
    ['doc', DOCUMENT, 'a.docx', 'content-type'],
    ['zip', 'application/zip', 'a.docx', 'content-extension'],
    ['zip', 'application/zip', 'a.jar', 'content-extension'],
    ['exe', 'application/pdf', 'a.pdf', 'content-type'],
    ['exe', undefined, 'a.txt', 'content-extension'],
    ['exe', 'application/x-of-ours', 'a.ours', 'content-type'],
    ['mp4', 'audio/mpeg', 'a.mp3', 'content-type'],
    ['empty', 'image/png', 'a.png', 'content-type'],
    ['unknown', 'image/png', 'a.png', 'content-type'],
    ['unknown', 'text/plain', 'a.txt', 'content-type'],
    ['unknown', undefined, 'a.png', 'content-extension'],
    ['unknown', 'constructor/__proto__', 'a.constructor', 'constructor/__proto__'],
  ])('%s, declared as %s, named %s: %s', async (content, declared, name, expected) => {
    expect(await agree(content, declared, name)).toBe(expected);
  });
});
