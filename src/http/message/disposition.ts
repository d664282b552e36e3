import { create, parse } from 'content-disposition';
import { fileName } from './file-name.js';

export interface DispositionOptions {
  /** To be saved, not displayed. */
  readonly attachment: boolean;
  /** The name to save it as. Default: that of `stored`, else the last segment of `key`. */
  readonly name?: string | undefined;
  /** The Content-Disposition that is kept with the object. */
  readonly stored?: string | undefined;
  readonly key: string;
}

/** A Content-Disposition with a name in both forms, so that every client reads it: RFC 6266, appendix D. */
export function disposition({ attachment, name, stored, key }: DispositionOptions): string {
  const kept = stored === undefined ? undefined : read(stored);
  const type = attachment || kept?.type === 'attachment' ? 'attachment' : 'inline';
  return create(fileName(name ?? kept?.name ?? key), { type });
}

function read(header: string): { readonly type: string; readonly name: string | undefined } | undefined {
  try {
    const { type, parameters } = parse(header);
    return { type, name: parameters.filename };
  } catch {
    return undefined;
  }
}
