import { show } from '../../core/check-shape.js';
import { UNKNOWN_TYPE } from '../../core/content-type.js';
import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';
import { isAllowedType } from './allowed-types.js';
import {
  agreeContent,
  typesDeclaredAs,
  type AgreedType,
  type Disagreement,
} from './content/agree-content.js';
import {
  detectContent,
  HEAD_BYTES,
  isZip,
  recognisedTypes,
  ZIP_HEAD_BYTES,
} from './content/detect-content.js';
import { fileExtension } from './content/file-extension.js';
import { checkedType, notAccepted } from './decide-type.js';
import type { PeekedBody } from './peeked-body.js';

/** What its sender says of a body. */
export interface ClaimedContent {
  /** The name of the file: its extension is a claim too. */
  readonly name: string;
  /** The media type. */
  readonly declared: string | undefined;
}

/**
 * The media type that content is stored with by its first bytes, what is declared, and its extension, on which all three agree.
 * @param allowed Media types (`image/png`) and families (`image/*`); absent: all.
 * @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT when what is declared is no media type, and what `body` fails with.
 */
export async function typeByContent(
  body: PeekedBody,
  { name, declared: said }: ClaimedContent,
  allowed: readonly string[] | undefined,
): Promise<string> {
  // Before anything is read of what could not be taken.
  const declared = expectedType(said, allowed);
  const bare = bareType(declared);
  let head = await body.first(HEAD_BYTES);
  let most = HEAD_BYTES;
  if (isZip(head)) {
    most = ZIP_HEAD_BYTES;
    head = await body.first(most);
  }
  const extension = fileExtension(name);
  const found = await detectContent(head, head.length === most);
  const recognised = await recognisedTypes();
  const agreed = agreeContent({ declared: bare, extension, found, recognised });
  if (typeof agreed === 'string') throw disagreement(agreed, declared, extension);
  const taken = agreed.find((one) => isTaken(one, allowed))?.type;
  if (taken === bare && taken !== undefined) return declared;
  if (taken !== undefined) return taken;
  // What was sent as nothing in particular may stay that, where that is allowed.
  if (bare === undefined && allowed?.includes(UNKNOWN_TYPE)) return UNKNOWN_TYPE;
  throw notAccepted(agreed[0]?.type ?? declared);
}

/** What content is declared as, when it may turn out to be something that is taken. @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT. */
export function expectedType(said: string | undefined, allowed: readonly string[] | undefined): string {
  const declared = checkedType(said ?? UNKNOWN_TYPE);
  const bare = bareType(declared);
  if (bare !== undefined && !typesDeclaredAs(bare).some((type) => isAllowedType(type, allowed)))
    throw notAccepted(declared);
  return declared;
}

/** A family stands for those of its types that are recognised: any other has to be named. */
function isTaken({ type, unverified }: AgreedType, types: readonly string[] | undefined): boolean {
  const named = types?.filter((one) => !unverified || one === '*/*' || !one.endsWith('/*'));
  return isAllowedType(type, named);
}

/** Without parameters; undefined for the type that says nothing. */
function bareType(type: string): string | undefined {
  const bare = (type.split(';', 1)[0] ?? '').trim();
  return bare === UNKNOWN_TYPE || bare === '' ? undefined : bare;
}

function disagreement(which: Disagreement, declared: string, extension = ''): StorageError {
  const type = declared.slice(0, 100);
  const dotted = show(`.${extension.slice(0, 20)}`);
  if (which === 'content-type')
    return refusal('TYPE_REFUSED', `The content is not of the type ${type}`, 'content');
  if (which === 'content-extension')
    return refusal('TYPE_REFUSED', `The content is not what the extension ${dotted} stands for`, 'extension');
  return refusal('TYPE_REFUSED', `The extension ${dotted} does not stand for the type ${type}`, 'extension');
}
