import { Module } from '@nestjs/common';
import { StorageConfigModule } from '../config/storage-config.module.js';
import { Access } from './access.js';
import { ServerUrl } from './server-url.js';
import { Signing } from './signing.js';

/** Provides who is served and where, and how URLs are signed. */
@Module({
  imports: [StorageConfigModule],
  providers: [Access, ServerUrl, Signing],
  exports: [Access, ServerUrl, Signing],
})
export class AccessModule {}
