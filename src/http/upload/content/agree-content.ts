import { contentTypeOf, extensionsOf, UNKNOWN_TYPE } from '../../../core/content-type.js';
import { CONTENT_KINDS, type ContentKind } from './content-kinds.js';
import { ACTIVE_EXTENSIONS } from './file-extension.js';
import { MEDIA_KINDS } from './media-kinds.js';

const KINDS: readonly ContentKind[] = [...CONTENT_KINDS, ...MEDIA_KINDS];
/** What a format of which nothing is known may look like. */
const ANYTHING = [
  'unknown',
  'text',
  'json',
  'xml',
  'opc',
  'application/zip',
  'application/gzip',
  'application/x-cfb',
];

/** What is said of a content, and what it is. */
export interface ContentEvidence {
  /** The media type that is declared, in lower case and without parameters; undefined when none is. */
  readonly declared: string | undefined;
  /** The extension of its name, as `fileExtension` gives it. */
  readonly extension: string | undefined;
  /** As `detectContent` gives it. */
  readonly found: readonly string[];
  /** The media types that a signature is known of. */
  readonly recognised: ReadonlySet<string>;
}

/** A media type that all three agree on. */
export interface AgreedType {
  readonly type: string;
  /** Whether nothing in the content can tell it from others. */
  readonly unverified: boolean;
}

/** Which two of the three do not agree. */
export type Disagreement = 'content-type' | 'content-extension' | 'type-extension';

/** The media types that a content may be stored with, best first, or why there is none. */
export function agreeContent(evidence: ContentEvidence): readonly AgreedType[] | Disagreement {
  const { declared, extension, found } = evidence;
  const kinds = kindsFor(evidence);
  const isFound = (kind: ContentKind): boolean => kind.found.some((one) => found.includes(one));
  const isDeclared = (kind: ContentKind): boolean => declared === undefined || isSaid(kind, declared);
  const isKnown = extension !== undefined && isKnownExtension(kinds, extension);
  const isNamed = (kind: ContentKind): boolean => !isKnown || extensionRank(kind, extension) > 0;

  const agreed = kinds.filter((kind) => isFound(kind) && isDeclared(kind) && isNamed(kind));
  if (agreed.length > 0) {
    // Sorting keeps the order of equals.
    const ranked = agreed.toSorted((a, b) => extensionRank(b, extension) - extensionRank(a, extension));
    return ranked.flatMap((kind) => typesOf(kind, evidence));
  }
  if (!kinds.some((kind) => isFound(kind) && isDeclared(kind))) return 'content-type';
  return kinds.some((kind) => isFound(kind) && isNamed(kind)) ? 'type-extension' : 'content-extension';
}

/** The media types that what is declared as `declared` may be stored with, whatever its content is. */
export function typesDeclaredAs(declared: string): readonly string[] {
  return [declared, ...KINDS.filter((kind) => isSaid(kind, declared)).map(({ type }) => type)];
}

/** Those of the tables, and one for each of the three that they have not. */
function kindsFor({ declared, extension, found, recognised }: ContentEvidence): readonly ContentKind[] {
  const byExtension = extension === undefined ? UNKNOWN_TYPE : contentTypeOf(`x.${extension}`);
  const others = new Set(
    [declared, byExtension, ...found].filter(
      (type) =>
        type !== undefined &&
        type.includes('/') &&
        type !== UNKNOWN_TYPE &&
        !KINDS.some((kind) => isSaid(kind, type)),
    ) as string[],
  );
  const unknown = { type: UNKNOWN_TYPE, extensions: [], found: ['unknown'] };
  return [...KINDS, ...[...others].map((type) => kindOfType(type, recognised)), unknown];
}

function kindOfType(type: string, recognised: ReadonlySet<string>): ContentKind {
  return { type, extensions: [...extensionsOf(type)], found: foundIn(type, recognised) };
}

function foundIn(type: string, recognised: ReadonlySet<string>): readonly string[] {
  if (type.startsWith('text/')) return ['text'];
  if (recognised.has(type)) return [type];
  if (type.endsWith('+xml')) return ['xml'];
  if (type.endsWith('+json')) return ['json'];
  if (type.endsWith('+zip')) return ['application/zip', 'opc'];
  return ANYTHING;
}

function isSaid({ type, names = [], misnamed = [] }: ContentKind, declared: string): boolean {
  return type === declared || names.includes(declared) || misnamed.includes(declared);
}

function isKnownExtension(kinds: readonly ContentKind[], extension: string): boolean {
  return (
    ACTIVE_EXTENSIONS.has(extension) ||
    contentTypeOf(`x.${extension}`) !== UNKNOWN_TYPE ||
    kinds.some((kind) => extensionRank(kind, extension) > 0)
  );
}

/** 2: it is an extension of this kind, 1: it may have it too. */
function extensionRank({ extensions, borrowed = [] }: ContentKind, extension = ''): number {
  if (extensions.includes(extension)) return 2;
  return borrowed.includes(extension) ? 1 : 0;
}

function typesOf(kind: ContentKind, { declared }: ContentEvidence): readonly AgreedType[] {
  const { type, names = [], found } = kind;
  const unverified = found === ANYTHING || type === UNKNOWN_TYPE;
  const own = { type, unverified };
  return declared !== undefined && names.includes(declared) ? [{ type: declared, unverified }, own] : [own];
}
