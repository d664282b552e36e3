import { DEFAULT_MAX_FILES, type UploadField } from '../upload.options.js';
import type { StoredFile } from '../stored-file.js';

/** Which fields of a form take files, and where a handler finds them: as multer leaves them, so that Nest's decorators work. */
export interface FileFields {
  /** How many each takes. */
  readonly counts: ReadonlyMap<string, number>;
  /** What the request gets. It is set without files, too: a plugin may have put something else there. */
  readonly place: (files: readonly StoredFile[]) => { readonly file: unknown } | { readonly files: unknown };
}

/** One file, in `request.file`. */
export function oneFile(name: string): FileFields {
  return { counts: new Map([[name, 1]]), place: ([file]) => ({ file }) };
}

/** The files of one field, in `request.files`. */
export function fileList(name: string): FileFields {
  return { counts: new Map([[name, Infinity]]), place: (files) => ({ files: [...files] }) };
}

/** The files of named fields, in `request.files[name]`. */
export function namedFiles(fields: readonly UploadField[]): FileFields {
  return {
    counts: new Map(fields.map(({ name, maxCount }) => [name, maxCount ?? Infinity])),
    place(files) {
      const named = Object.create(null) as Record<string, StoredFile[]>;
      for (const file of files) (named[file.fieldname] ??= []).push(file);
      return { files: named };
    },
  };
}

/** Files of one request, when nothing else is said. */
export function maxFilesOf(fields: readonly UploadField[]): number {
  return fields.reduce((sum, { maxCount }) => sum + (maxCount ?? DEFAULT_MAX_FILES), 0);
}
