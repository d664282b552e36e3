import { Inject, Injectable, NotFoundException, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { StorageError } from '../core/error.js';
import { Presigning } from '../core/presigning.js';
import { SignedRequests } from '../core/signed-requests.js';
import { StorageService } from '../storage/storage.service.js';
import { DEFAULT_STORAGE, getStorageToken } from '../storage/storage.tokens.js';
import { checkHttpOptions } from './check-http-options.js';
import { httpError } from './errors/http-error.js';
import type { StorageAuthorize, StorageAuthorizer } from './access/storage-authorize.js';
import { sayCorsRules } from './direct/say-cors-rules.js';
import { secretsOf } from './pending/check-pending.js';
import { hasPending } from './pending/has-pending.js';
import { PendingArea } from './pending/pending-area.js';
import { Grants } from './parts/grants.js';
import { Tickets } from './pending/tickets.js';
import { HTTP_OPTIONS } from './storage-http.tokens.js';
import type { ServedStorageOptions, StorageHttpOptions } from './storage-http.options.js';
import { TUS_HANDLING, type TusHandling } from './tus/tus-handling.js';
import { resolveRules, type ResolvedRules } from './upload/resolve-rules.js';

/** A storage and how it is served. */
export interface ServedStorage {
  readonly name: string;
  readonly storage: StorageService;
  readonly options: ResolvedRules<ServedStorageOptions>;
  /** Where it keeps what is not admitted yet. Absent: nowhere. */
  readonly pending?: PendingArea | undefined;
}

/** What StorageHttpModule serves. It finds the storages anywhere in the application, by their tokens. */
@Injectable()
export class ServedStorages implements OnModuleInit {
  readonly options: StorageHttpOptions;
  private readonly served = new Map<string, ServedStorage>();
  private decide: StorageAuthorize | undefined;
  private sealing: Tickets | undefined;
  private handling: TusHandling | undefined;
  private granting: Grants | undefined;

  constructor(
    @Inject(HTTP_OPTIONS) options: StorageHttpOptions,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    this.options = checkHttpOptions(options);
  }

  /** @throws StorageError INVALID_ARGUMENT when the application lacks a storage, the authorizer or the provider of a rule. */
  async onModuleInit(): Promise<void> {
    const { storages, authorize } = this.options;
    for (const [name, rules] of Object.entries(storages)) {
      const storage = this.findStorage(name);
      assertSignsFor(name, storage);
      if (rules.redirect) assertSigns(name, storage, 'redirect');
      const options = await resolveRules(`storage "${name}"`, rules, this.modules);
      const pending = hasPending(rules) ? new PendingArea(rules.pendingPrefix) : undefined;
      if (rules.operations.includes('direct')) assertSigns(name, storage, 'direct');
      const served = { name, options, storage, pending };
      this.served.set(name, served);
      if (rules.operations.includes('tus')) this.findTus(name).serve(served);
    }
    this.decide = isAuthorizer(authorize) ? this.findAuthorizer(authorize) : authorize;
    const direct = this.all().filter(({ options }) => options.operations.includes('direct'));
    sayCorsRules(direct.map(({ name, storage }) => [name, storage]));
  }

  get(name: string): ServedStorage | undefined {
    return this.served.get(name);
  }

  all(): readonly ServedStorage[] {
    return [...this.served.values()];
  }

  /** The names of the storages whose signed URLs are served here. It may be asked before the application starts. */
  signing(): readonly string[] {
    return Object.keys(this.options.storages).filter((name) =>
      this.findStorage(name).supports(SignedRequests),
    );
  }

  /** What seals and opens the tickets of uploads that are admitted only later. */
  get tickets(): Tickets {
    return (this.sealing ??= new Tickets(secretsOf(this.options.secret)));
  }

  /** What seals and opens the URLs of uploads in parts. */
  get grants(): Grants {
    return (this.granting ??= new Grants(secretsOf(this.options.secret)));
  }

  get authorize(): StorageAuthorize {
    return this.decide ?? (() => false);
  }

  /** What answers the tus routes. */
  get tus(): TusHandling {
    if (!this.handling) throw new NotFoundException('There is nothing here');
    return this.handling;
  }

  private findTus(name: string): TusHandling {
    try {
      return (this.handling ??= this.modules.get<TusHandling>(TUS_HANDLING, { strict: false }));
    } catch {
      throw httpError(
        `the storage "${name}" has the operation tus: add TusModule.forRoot() of nestjs-stowage/tus to the imports`,
      );
    }
  }

  private findStorage(name: string): StorageService {
    try {
      return this.modules.get(getStorageToken(name), { strict: false });
    } catch {
      const option = name === DEFAULT_STORAGE ? '' : `name: '${name}', `;
      throw httpError(
        `it serves a storage "${name}", which this application has not: ` +
          `add StorageModule.forRoot({ ${option}backend: … }) to the imports of a module`,
      );
    }
  }

  private findAuthorizer(type: Type<StorageAuthorizer>): StorageAuthorize {
    let authorizer: StorageAuthorizer;
    try {
      authorizer = this.modules.get(type, { strict: false });
    } catch {
      throw httpError(
        `authorize is the class ${type.name}, which no module provides: add it to the providers of one`,
      );
    }
    return (access) => authorizer.authorize(access);
  }
}

/** Its signed URLs would lead to another storage, or nowhere. */
function assertSignsFor(name: string, storage: StorageService): void {
  const signsFor = storage.supports(SignedRequests) ? storage.as(SignedRequests).storage : name;
  if (signsFor === name) return;
  throw httpError(
    `the storage "${name}" signs URLs for "${signsFor}": pass signing: { storage: '${name}', … } to its backend`,
  );
}

/** There would be nothing to redirect to, or to upload to. */
function assertSigns(name: string, storage: StorageService, what: 'redirect' | 'direct'): void {
  try {
    storage.as(Presigning);
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    const own = `${storage.name}: `;
    const why = error.message.startsWith(own) ? error.message.slice(own.length) : error.message;
    throw httpError(`the storage "${name}" has ${what}, which needs signed URLs: ${why}`);
  }
}

function isAuthorizer(authorize: StorageHttpOptions['authorize']): authorize is Type<StorageAuthorizer> {
  const prototype = authorize.prototype as Partial<StorageAuthorizer> | undefined;
  return typeof prototype?.authorize === 'function';
}
