import { Global, Module } from '@nestjs/common';
import { StorageRegistry } from './storage-registry.js';

/**
 * One registry for all storages of an application. Global, because Nest runs the shutdown hooks of
 * global modules last: what the hooks of other modules write at the end still finds its storage open.
 */
@Global()
@Module({ providers: [StorageRegistry], exports: [StorageRegistry] })
export class StorageRegistryModule {}
