import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import { StorageConfigModule } from '../config/storage-config.module.js';
import { StorageConfig } from '../config/storage-config.js';
import { StorageHttpModule, type StorageAccessRequest } from '../http/index.js';
import { StorageModule } from '../storage/storage.module.js';
import { TusModule } from '../tus/index.js';
import { AccessModule } from './access.module.js';
import { clamd } from './clamd.js';
import { HomeController } from './home.controller.js';
import { OpenConnections } from './open-connections.js';
import { served, STORAGE_NAMES } from './served.js';
import { Signing } from './signing.js';
import { TokenGuard } from './token.guard.js';

/** A second more than the storages have, so that what they abort can still be answered. */
const GRACE_MS = 11_000;

/** Variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The reference server: three storages over HTTP, each user below a prefix of their own. */
@Module({})
export class AppModule {
  /** @param env Variables to take instead of those of the process and of `.env`. */
  static forEnvironment(env?: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ...(env && { ignoreEnvFile: true, skipProcessEnv: true, load: [() => ({ ...env })] }),
        }),
        ...STORAGE_NAMES.map((name) =>
          StorageModule.forRootAsync({
            name,
            imports: [AccessModule, StorageConfigModule],
            inject: [StorageConfig, Signing],
            useFactory: async (config: StorageConfig, signing: Signing) => {
              const env = config.env(STORAGE_NAMES);
              return { backend: await signing.backend(env, name), publicUrl: env.cdnUrls.get(name) };
            },
          }),
        ),
        AccessModule,
        StorageHttpModule.forRootAsync({
          imports: [AccessModule, StorageConfigModule],
          inject: [ConfigService, StorageConfig, Signing],
          guards: [TokenGuard],
          health: true,
          useFactory: async (config: ConfigService, storage: StorageConfig, signing: Signing) => {
            const env = storage.env(STORAGE_NAMES);
            const secret = await signing.secretOf(env);
            return {
              storages: served(sizeCap(config, storage), clamd(config), secret !== undefined),
              authorize: ({ principal }: StorageAccessRequest) => ({ scope: principal as string }),
              secret,
              baseUrl: env.publicUrl,
            };
          },
        }),
        TusModule.forRoot(),
      ],
      controllers: [HomeController],
      providers: [
        {
          provide: OpenConnections,
          inject: [HttpAdapterHost],
          useFactory: (host: HttpAdapterHost) => new OpenConnections(host, GRACE_MS),
        },
      ],
    };
  }
}

/** The largest upload, where the environment sets one: each storage has its own size otherwise. */
function sizeCap(config: ConfigService, storage: StorageConfig): number | undefined {
  const isSet = ['MAX_UPLOAD_SIZE', 'MAX_FILE_SIZE_MB'].some((name) => config.get<string>(name)?.trim());
  return isSet ? storage.env(STORAGE_NAMES).maxUploadSize : undefined;
}
