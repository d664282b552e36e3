import type { Body, StorageBackend } from '../core/backend.js';
import { SCOPED, type CapabilityType, type ScopableCapability } from '../core/capability.js';
import { StorageError } from '../core/error.js';
import { dotProblem, keyProblem } from '../core/key.js';
import type { DeleteResult, ListPage, ObjectContent, ObjectInfo } from '../core/object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from '../core/options.js';

/** A backend confined to the keys below `prefix`, which ends in `/`. Keys in and out are relative to it. */
export class PrefixedBackend implements StorageBackend {
  readonly kind: string;
  readonly accepts: readonly string[] | undefined;
  readonly beneath: { readonly backend: StorageBackend; readonly prefix: string };
  readonly deleteMany?: (
    keys: readonly string[],
    options: OperationOptions,
  ) => Promise<readonly DeleteResult[]>;

  constructor(
    private readonly inner: StorageBackend,
    private readonly prefix: string,
  ) {
    this.beneath = { backend: inner, prefix };
    this.kind = inner.kind;
    this.accepts = inner.accepts;
    if (inner.deleteMany) {
      this.deleteMany = async (keys, options) => {
        const results = await inner.deleteMany?.(
          keys.map((key) => this.absolute(key)),
          options,
        );
        return (results ?? []).map((result) => ({ ...result, key: this.relative(result.key) }));
      };
    }
  }

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.own(await this.inner.put(this.writable(key), body, options));
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    const content = await this.inner.get(this.absolute(key), options);
    return { ...content, info: this.own(content.info) };
  }

  async head(key: string, options: HeadOptions): Promise<ObjectInfo> {
    return this.own(await this.inner.head(this.absolute(key), options));
  }

  delete(key: string, options: DeleteOptions): Promise<void> {
    return this.inner.delete(this.absolute(key), options);
  }

  async list(options: ListOptions): Promise<ListPage> {
    const page = await this.inner.list({ ...options, prefix: this.prefix + options.prefix });
    return {
      ...page,
      // The marker of the folder itself has no key in here.
      objects: page.objects
        .filter(({ key }) => key !== this.prefix)
        .map((info) => this.own(info))
        .filter(({ key }) => !climbs(key)),
      prefixes: page.prefixes.map((prefix) => this.relative(prefix)).filter((prefix) => !climbs(prefix)),
    };
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    return this.own(await this.inner.copy(this.absolute(from), this.writable(to), options));
  }

  get place(): string | undefined {
    const { place } = this.inner;
    return place === undefined ? undefined : `${place}, below ${JSON.stringify(this.prefix)}`;
  }

  errorCode(error: unknown): ReturnType<StorageBackend['errorCode']> {
    return this.inner.errorCode(error);
  }

  keyProblem(key: string): string | undefined {
    // The backend may read keys such as `a//b`; a scope holds only where the rules of a write do.
    const absolute = this.absolute(key);
    return (
      keyProblem(key) ?? (this.inner.keyProblem ? this.inner.keyProblem(absolute) : keyProblem(absolute))
    );
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    const found = this.inner.capability?.(type) as (T & Partial<ScopableCapability>) | undefined;
    return found?.[SCOPED]?.(this.prefix) as T | undefined;
  }

  capabilityHint(type: CapabilityType): string | undefined {
    return this.inner.capabilityHint?.(type);
  }

  private absolute(key: string): string {
    return this.prefix + key;
  }

  private writable(key: string): string {
    const absolute = this.absolute(key);
    if (keyProblem(absolute))
      throw new StorageError('INVALID_ARGUMENT', 'Invalid key: it is too long in its scope', {
        reason: 'key',
      });
    return absolute;
  }

  private relative(key: string): string {
    return key.slice(this.prefix.length);
  }

  private own(info: ObjectInfo): ObjectInfo {
    return { ...info, key: this.relative(info.key) };
  }
}

/** Whether a key that others wrote seems to lead out of the scope: nobody can read it in here, and who takes it for a path is misled. */
const climbs = (key: string): boolean => dotProblem(key) !== undefined;
