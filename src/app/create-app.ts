import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { StorageExceptionFilter } from '../http/index.js';
import { Access } from './access.js';
import { AppModule, type Environment } from './app.module.js';
import { openApi } from './openapi.js';
import { StartLogger } from './start-logger.js';

/**
 * The reference server, not listening yet.
 * @param env Variables to take instead of those of the process and of `.env`.
 * @throws StartError and StorageError for a bad environment.
 */
export async function createApp(env?: Environment): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forEnvironment(env), {
    abortOnError: false,
    // Forms are read by the uploads, after they are authorized, and the little JSON that there is by its route.
    bodyParser: false,
    logger: new StartLogger(),
  });
  app.disable('x-powered-by');
  app.useGlobalFilters(new StorageExceptionFilter());
  app.enableShutdownHooks();
  const document = openApi(app.get(Access).isDemo);
  SwaggerModule.setup('docs', app, document, { customSiteTitle: document.info.title });
  return app;
}
