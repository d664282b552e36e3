import type { INestApplicationContext } from '@nestjs/common';
import { StorageHttpModule } from '../storage-http.module.js';
import type { OpenApiDocument, OpenApiSecurity } from './open-api-document.js';

/** What `withStorageOpenApi` cannot know. */
export interface StorageOpenApiOptions {
  /**
   * What a caller needs, by the names of the security schemes of the document, such as `[{ bearer: [] }]`. Signed URLs and health
   * need none. Default: what the document says for all of its operations.
   */
  readonly security?: readonly OpenApiSecurity[] | undefined;
}

/**
 * An OpenAPI document (3.0) with the routes of StorageHttpModule: those of the operations that each storage enables, with its
 * sizes and types, every answer and its schema. `SwaggerModule.createDocument` leaves these routes out, because no decorator
 * can tell what is known only when the application starts.
 *
 * @param document One of `SwaggerModule.createDocument`. It is not changed.
 * @param app The application that the routes are of, with its global prefix set.
 * @throws Error of Nest when the application has no StorageHttpModule.
 */
export function withStorageOpenApi<D extends OpenApiDocument>(
  document: D,
  app: INestApplicationContext,
  { security }: StorageOpenApiOptions = {},
): D {
  const modules: StorageHttpModule[] = app.get(StorageHttpModule, { strict: false, each: true });
  const routes = modules.map((module) => module.describe(security));
  return {
    ...document,
    paths: Object.assign({}, document.paths, ...routes.map(({ paths }) => paths)) as D['paths'],
    components: {
      ...document.components,
      schemas: Object.assign(
        {},
        document.components?.schemas,
        ...routes.map(({ schemas }) => schemas),
      ) as object,
    },
  };
}
