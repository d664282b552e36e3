import { Module } from '@nestjs/common';
import { Access } from './access.js';

/** Provides who is served and where. */
@Module({ providers: [Access], exports: [Access] })
export class AccessModule {}
