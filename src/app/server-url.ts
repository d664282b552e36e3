import { Injectable } from '@nestjs/common';
import { StorageConfig } from '../config/storage-config.js';
import { STORAGE_NAMES } from './served.js';

/** Where clients reach the server: STORAGE_PUBLIC_URL, whose path a proxy may take off. */
@Injectable()
export class ServerUrl {
  constructor(private readonly config: StorageConfig) {}

  /** Without a slash at its end. Undefined: nobody has said it. */
  get base(): string | undefined {
    return this.config.env(STORAGE_NAMES).publicUrl;
  }

  /** The URL of `path`, which begins without a slash: relative to that of `/`, where nobody has said more. */
  of(path: string): string {
    const { base } = this;
    return base === undefined ? path : `${base}/${path}`;
  }
}
