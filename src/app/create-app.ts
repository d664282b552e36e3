import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { StorageExceptionFilter, withStorageOpenApi } from '../http/index.js';
import { Access } from './access.js';
import { AppModule, type Environment } from './app.module.js';
import { servePage } from './page.js';
import { ServerUrl } from './server-url.js';
import { StartLogger } from './start-logger.js';

/**
 * The reference server, not listening yet.
 * @param env Variables to take instead of those of the process and of `.env`.
 * @param page The folder of the built page. Default: where \`npm run build:page\` puts it.
 * @throws StartError and StorageError for a bad environment.
 */
export async function createApp(env?: Environment, page?: string): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forEnvironment(env), {
    abortOnError: false,
    // Forms are read by the uploads, after they are authorized, and the little JSON that there is by its route.
    bodyParser: false,
    logger: new StartLogger(),
  });
  app.disable('x-powered-by');
  servePage(app, page);
  app.useGlobalFilters(new StorageExceptionFilter());
  app.enableShutdownHooks();
  const own = SwaggerModule.createDocument(app, info(app.get(Access), app.get(ServerUrl)));
  const document = withStorageOpenApi(own, app, { security: own.security });
  SwaggerModule.setup('docs', app, document, { customSiteTitle: document.info.title });
  return app;
}

function info({ isDemo }: Access, { base = '/' }: ServerUrl): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('nestjs-stowage reference server')
    .setDescription('Files over HTTP. Each user has storages of their own.')
    .setVersion('1')
    .addServer(base)
    .addTag('objects')
    .addTag('signed URLs')
    .addTag('resumable uploads')
    .addTag('health')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A token of API_TOKENS' }, 'bearer');
  return { ...builder.build(), security: [{ bearer: [] }, ...(isDemo ? [{}] : [])] };
}
