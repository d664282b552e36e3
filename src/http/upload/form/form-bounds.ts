import {
  DEFAULT_FIELD_SIZE,
  DEFAULT_FIELDS,
  DEFAULT_MAX_FILES,
  DEFAULT_MAX_SIZE,
  type UploadRules,
} from '../upload.options.js';

const DEFAULT_FIELD_NAME_SIZE = 100;
const DEFAULT_FIELD_NESTING = 8;

/** Headers of a part. A form has three at most: RFC 7578, 4.8. */
export const HEADER_PAIRS = 20;
/** Bytes of the headers of a part, of which its names take most. */
export const HEADER_BYTES = 16 * 1024;
/** Bytes before the first boundary and behind the last, each: RFC 2046, 5.1.1, lets anything stand there, and no client uses it. */
export const AROUND_BYTES = 16 * 1024;
/** Bytes of a part around its content, generously: its boundary and its headers. */
const PART_BYTES = HEADER_BYTES + 4 * 1024;

/** Every limit of a form. */
export interface FormBounds {
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly fields: number;
  readonly fieldSize: number;
  readonly fieldNameSize: number;
  readonly fieldNesting: number;
  readonly parts: number;
  /** Bytes of the whole request. */
  readonly bytes: number;
}

/** The limits that `rules` set, and the default of those that they do not. */
export function formBounds({
  maxSize,
  maxFiles,
  form = {},
}: Pick<UploadRules, 'maxSize' | 'maxFiles' | 'form'>): FormBounds {
  const size = maxSize ?? DEFAULT_MAX_SIZE;
  const files = maxFiles ?? DEFAULT_MAX_FILES;
  const fields = form.fields ?? DEFAULT_FIELDS;
  const fieldSize = form.fieldSize ?? DEFAULT_FIELD_SIZE;
  const parts = files + fields;
  return {
    maxSize: size,
    maxFiles: files,
    fields,
    fieldSize,
    fieldNameSize: form.fieldNameSize ?? DEFAULT_FIELD_NAME_SIZE,
    fieldNesting: form.fieldNesting ?? DEFAULT_FIELD_NESTING,
    parts,
    bytes: files * size + fields * fieldSize + (parts + 1) * PART_BYTES + 2 * AROUND_BYTES,
  };
}
