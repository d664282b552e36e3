import { Module } from '@nestjs/common';
import { StorageConfig } from './storage-config.js';

/** Provides StorageConfig, one for an application. It needs a global ConfigModule. */
@Module({ providers: [StorageConfig], exports: [StorageConfig] })
export class StorageConfigModule {}
