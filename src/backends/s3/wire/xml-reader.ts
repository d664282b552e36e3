import { decodeReferences } from './xml-references.js';
import { XmlError } from './xml.js';

/** Bytes of 1,000 entries: a key of 1,024 bytes, each written with up to 12 characters, and what stands around it. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** S3's own answers are five deep. */
const MAX_DEPTH = 32;
const MAX_NAME = 256;
const TEXT = /[^ \t\r\n]/;

const BANG = 0x21;
const SLASH = 0x2f;
const COLON = 0x3a;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/** Which characters end a name or may not be in one: all of ASCII but letters, digits, `-`, `.`, `:`, `_`. */
const NO_NAME = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.:-]/.test(String.fromCharCode(code)) ? 0 : 1,
);

/**
 * Reads an XML document from its beginning to its end, one element after the other, without building anything:
 * `root`, then of each element that was entered either `child` until it has no more, or `text`, or `skip`; then `end`.
 * Names come without their prefix: S3's answers have one namespace, which servers write in different ways or not at all.
 *
 * It expands nothing but what `decodeReferences` does, refuses document types, and reads each character a bounded
 * number of times. Line ends stay as they are: a server that writes a bare CR in a key has a CR in that key.
 * @throws XmlError, from each method: not well-formed, cut off, deeper than 32, longer than 16 Mi characters.
 */
export class XmlReader {
  private at = 0;
  /** Where the names of the elements stand that are open. */
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private depth = 0;
  /** The element just entered is `<of/>` this form. */
  private empty = false;
  /** The first `&` that is not yet read, or Infinity. */
  private reference = -1;
  private readonly names: (string | undefined)[] = new Array<undefined>(64).fill(undefined);

  constructor(private readonly xml: string) {
    if (xml.length > MAX_CHARACTERS)
      throw new XmlError(`The answer is longer than ${MAX_CHARACTERS} characters`);
    // A byte order mark: https://www.w3.org/TR/xml/#charencoding
    if (xml.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  /** Enters the root and tells its name. White space may come before the declaration: S3 sends it to keep a connection open. */
  root(): string {
    this.toTag(true);
    return this.open();
  }

  /** Enters the next element within the current one and tells its name; leaves the current one and gives `undefined` when there is none. */
  child(): string | undefined {
    if (this.isEmpty()) return undefined;
    this.toTag(true);
    if (!this.atClose()) return this.open();
    this.close();
    return undefined;
  }

  /** The text of the element that was entered last, which holds no other; leaves it. */
  text(): string {
    if (this.isEmpty()) return '';
    const text = this.toTag(false);
    if (!this.atClose()) throw new XmlError('The answer has an element where text belongs');
    this.close();
    return text;
  }

  /** Leaves the element that was entered last, whatever it holds. */
  skip(): void {
    const outside = this.depth - 1;
    do {
      if (this.isEmpty()) continue;
      this.toTag(false);
      if (this.atClose()) this.close();
      else this.open();
    } while (this.depth > outside);
  }

  /** Reads what is left after the root. */
  end(): void {
    if (this.depth > 0) throw new XmlError('The answer ends early');
    while (this.at < this.xml.length) {
      if (isSpace(this.xml.charCodeAt(this.at))) this.at++;
      else if (!this.aside()) throw new XmlError('The answer goes on after its end');
    }
  }

  private isEmpty(): boolean {
    if (!this.empty) return false;
    this.empty = false;
    this.depth--;
    return true;
  }

  private atClose(): boolean {
    return this.xml.charCodeAt(this.at + 1) === SLASH;
  }

  /** Reads to the next tag and gives the text before it, which may have to be white space. */
  private toTag(blank: boolean): string {
    const { xml, at } = this;
    const end = xml.charCodeAt(at) === LESS ? at : xml.indexOf('<', at);
    if (end === -1) throw new XmlError(this.depth === 0 ? 'The answer is no XML' : 'The answer ends early');
    const next = xml.charCodeAt(end + 1);
    let text = end === at ? '' : this.decoded(at, end);
    this.at = end;
    if (next === BANG || next === QUESTION) text += this.more();
    if (blank && text !== '' && TEXT.test(text))
      throw new XmlError('The answer has text where elements belong');
    return text;
  }

  /** Reads what interrupts a text, and the rest of it. */
  private more(): string {
    const { xml } = this;
    let text = '';
    for (let next = BANG; next === BANG || next === QUESTION; next = xml.charCodeAt(this.at + 1)) {
      if (xml.startsWith('<![CDATA[', this.at)) {
        const from = this.at + 9;
        const to = this.find(']]>', from);
        text += xml.slice(from, to);
        this.at = to + 3;
      } else this.aside();
      const end = this.find('<', this.at);
      text += this.decoded(this.at, end);
      this.at = end;
    }
    return text;
  }

  /** Reads a comment or a processing instruction, if there is one. */
  private aside(): boolean {
    const next = this.xml.charCodeAt(this.at + 1);
    if (this.xml.charCodeAt(this.at) !== LESS) return false;
    if (next === QUESTION) this.at = this.find('?>', this.at + 2) + 2;
    else if (next !== BANG) return false;
    else if (this.xml.startsWith('--', this.at + 2)) this.at = this.find('-->', this.at + 4) + 3;
    else throw new XmlError('The answer has a document type or another declaration');
    return true;
  }

  /** Reads `<name attributes>`, and leaves the reader after it. */
  private open(): string {
    const { xml } = this;
    const start = this.at + 1;
    let local = start;
    let end = start;
    let hash = 0;
    for (let code = xml.charCodeAt(end); !(code < 128) || NO_NAME[code] === 0; code = xml.charCodeAt(++end)) {
      if (code === COLON) {
        local = end + 1;
        hash = 0;
      } else if (end === xml.length) throw new XmlError('The answer ends early');
      else hash = (hash * 31 + code) & 0xffff;
    }
    if (end === local || end - start > MAX_NAME) throw new XmlError('The answer has a < that begins no tag');
    if (this.depth === MAX_DEPTH) throw new XmlError(`The answer is deeper than ${MAX_DEPTH} elements`);
    this.starts[this.depth] = start;
    this.ends[this.depth] = end;
    this.depth++;
    this.at = xml.charCodeAt(end) === GREATER ? end + 1 : this.attributes(end);
    return this.name(local, end, hash & 63);
  }

  /** The same string for the same name, of which an answer repeats a few. */
  private name(start: number, end: number, slot: number): string {
    const known = this.names[slot];
    if (known?.length === end - start && this.xml.startsWith(known, start)) return known;
    return (this.names[slot] = this.xml.slice(start, end));
  }

  /** Reads the rest of a tag, whose attributes mean nothing to us. */
  private attributes(from: number): number {
    const { xml } = this;
    let at = from;
    for (;;) {
      const before = at;
      while (isSpace(xml.charCodeAt(at))) at++;
      const code = xml.charCodeAt(at);
      if (code === GREATER) return at + 1;
      if (code === SLASH && xml.charCodeAt(at + 1) === GREATER) {
        this.empty = true;
        return at + 2;
      }
      if (at === xml.length) throw new XmlError('The answer ends early');
      const name = at;
      while (NO_NAME[xml.charCodeAt(at)] === 0 || xml.charCodeAt(at) > 127) at++;
      const named = at > name && name > before;
      while (isSpace(xml.charCodeAt(at))) at++;
      if (!named || xml.charCodeAt(at) !== EQUALS) throw new XmlError('The answer has a malformed tag');
      do at++;
      while (isSpace(xml.charCodeAt(at)));
      const quote = xml[at];
      if (quote !== '"' && quote !== "'") throw new XmlError('The answer has a malformed tag');
      const end = this.find(quote, at + 1);
      this.decoded(at + 1, end);
      if (xml.slice(at + 1, end).includes('<')) throw new XmlError('The answer has a malformed tag');
      at = end + 1;
    }
  }

  /** Reads `</name>`, which must be that of the element that is open. */
  private close(): void {
    const { xml } = this;
    const depth = --this.depth;
    const start = this.starts[depth] ?? 0;
    const end = this.ends[depth] ?? 0;
    let at = this.at + 2;
    for (let i = start; i < end; i++, at++) {
      if (xml.charCodeAt(i) !== xml.charCodeAt(at))
        throw new XmlError('The answer closes another element than is open');
    }
    while (isSpace(xml.charCodeAt(at))) at++;
    if (xml.charCodeAt(at) !== GREATER) throw new XmlError('The answer has a malformed tag or ends early');
    this.at = at + 1;
  }

  private decoded(from: number, to: number): string {
    const raw = this.xml.slice(from, to);
    if (this.reference < from) {
      const at = this.xml.indexOf('&', from);
      this.reference = at === -1 ? Infinity : at;
    }
    return this.reference < to ? decodeReferences(raw) : raw;
  }

  private find(what: string, from: number): number {
    const at = this.xml.indexOf(what, from);
    if (at === -1) throw new XmlError('The answer ends early');
    return at;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
