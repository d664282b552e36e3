import { Module } from '@nestjs/common';
import { StorageConfigModule } from '../config/storage-config.module.js';
import { Access } from './access.js';
import { PublicUrl } from './public-url.js';
import { Signing } from './signing.js';

/** Provides who is served and where, and how URLs are signed. */
@Module({
  imports: [StorageConfigModule],
  providers: [Access, PublicUrl, Signing],
  exports: [Access, PublicUrl, Signing],
})
export class AccessModule {}
