import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';

/** A started application of `imports` and `providers`, without a server. */
export async function boot(
  imports: ModuleMetadata['imports'],
  providers: NonNullable<ModuleMetadata['providers']> = [],
): Promise<TestingModule> {
  const module = await Test.createTestingModule({ imports: imports ?? [], providers }).compile();
  return module.init();
}
