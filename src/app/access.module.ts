import { Module } from '@nestjs/common';
import { Access } from './access.js';
import { Signing } from './signing.js';

/** Provides who is served and where, and how URLs are signed. */
@Module({ providers: [Access, Signing], exports: [Access, Signing] })
export class AccessModule {}
