import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { types } from 'node:util';
import type { StorageBackend } from '../core/backend.js';
import { createBackend } from '../config/create-backend.js';
import { createLocalBackend } from '../config/create-local-backend.js';
import type { StorageEnv } from '../config/env.js';
import { Access } from './access.js';
import { keptSecret } from './kept-secret.js';
import { reachable } from './listen-address.js';

/** The storages of the server. Those on disk sign URLs, also where the environment has no secret and no URL. */
@Injectable()
export class Signing {
  private readonly logger = new Logger('Signing');
  private secret: Promise<string | undefined> | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly access: Access,
  ) {}

  /** The backend of the storage `name`. @throws as `createBackend`. */
  async backend(env: StorageEnv, name: string): Promise<StorageBackend> {
    if (env.provider !== 'local') return createBackend(env, name);
    const signingSecret = await this.secretOf(env);
    return createLocalBackend({ ...env, signingSecret }, name, env.publicUrl ?? (() => this.url()));
  }

  /**
   * What signs URLs on disk, and seals uploads that are admitted only later: STORAGE_SIGNING_SECRET, or one that is kept in
   * STORAGE_LOCAL_ROOT, whatever the provider is. Undefined where none can be kept.
   */
  async secretOf({ signingSecret, local }: StorageEnv): Promise<string | undefined> {
    return signingSecret ?? (this.secret ??= this.ownSecret(local.root));
  }

  /** Where the server listens: with PORT=0 known only then. */
  private url(): string {
    const server = this.host.httpAdapter.getHttpServer() as { address(): { readonly port: number } | null };
    const { host, port } = this.access.address;
    return `http://${reachable(host)}:${server.address()?.port ?? port}`;
  }

  /** Undefined where nothing can be kept: a server of read-only files starts all the same. */
  private async ownSecret(root: string): Promise<string | undefined> {
    try {
      return await keptSecret(root, (text) => this.logger.warn(text));
    } catch (error) {
      const why = types.isNativeError(error) ? error.message : String(error);
      this.logger.warn(`No URLs are signed, set STORAGE_SIGNING_SECRET: ${why}`);
      return undefined;
    }
  }
}
