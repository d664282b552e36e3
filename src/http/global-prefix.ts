import type { ModuleRef, NestContainer } from '@nestjs/core';

/**
 * The global prefix of the application, which is known when it starts. Nest gives it to nobody but the
 * application object, so it is read where ModuleRef keeps it; a Nest without that has none, as it were.
 */
export function globalPrefixOf(modules: ModuleRef): string {
  const { container } = modules as unknown as { readonly container?: Partial<NestContainer> };
  return container?.applicationConfig?.getGlobalPrefix() ?? '';
}
