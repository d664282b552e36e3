import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { disk, type Disk } from '../../../../src/backends/local/disk.js';
import { keyHash } from '../../../../src/backends/local/metadata.js';
import { identify, newOwnerId, type ProcessIdentity } from '../../../../src/core/process-identity.js';

/** A disk on which this process finds itself in another container than it is. */
export const elsewhere: Disk = {
  ...disk,
  procLink: (path) => (path === '/proc/self/ns/pid' ? 'pid:[4000000001]' : disk.procLink(path)),
};

/** The identity of this process, but for `changes`. */
export const identityWith = (changes: Partial<ProcessIdentity>): ProcessIdentity => ({
  ...identify(disk),
  ...changes,
});

/** Makes the folder of an owner, as it would itself. Returns its id. */
export function registerOwner(root: string, identity: ProcessIdentity): string {
  const id = newOwnerId(identity);
  mkdirSync(join(root, '.stowage/tmp', id));
  return id;
}

/** Makes the lock of `key` that of the owner `id`; above the dead owners `below`, if there are any. */
export function lockFor(root: string, key: string, id: string, ...below: readonly string[]): void {
  const hash = keyHash(key);
  const links = [hash, ...below.map((owner) => `${hash}.${owner}`)];
  links.forEach((link, i) => symlinkSync([...below, id][i] ?? id, join(root, '.stowage/locks', link)));
}
