import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageHealthIndicator } from '../../src/health/index.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { StalledBackend } from '../storage/stalled-backend.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly storages: StorageHealthIndicator,
    private readonly storage: StorageService,
  ) {}

  @Get()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.storages.isHealthy('files', this.storage, { timeoutMs: 500 })]);
  }
}

async function boot(backend: StorageBackend): Promise<INestApplication<App>> {
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      StorageModule.forRoot({ backend, shutdownTimeoutMs: 10 }),
    ],
    controllers: [HealthController],
    providers: [StorageHealthIndicator],
  })
  class HealthModule {}
  const module = await Test.createTestingModule({ imports: [HealthModule] }).compile();
  return module.createNestApplication<INestApplication<App>>().init();
}

describe('StorageHealthIndicator', () => {
  it('reports a storage that answers as up', async () => {
    const app = await boot(new MemoryBackend());
    const { body } = (await request(app.getHttpServer()).get('/health').expect(200)) as {
      body: HealthCheckResult;
    };
    expect(body.status).toBe('ok');
    expect(body.details).toEqual({ files: { status: 'up', latencyMs: expect.any(Number) } });
    await app.close();
  });

  it('reports a storage that does not answer as down, in time', async () => {
    const app = await boot(new StalledBackend());
    const { body } = (await request(app.getHttpServer()).get('/health').expect(503)) as {
      body: HealthCheckResult;
    };
    expect(body.error).toEqual({
      files: { status: 'down', latencyMs: expect.any(Number), code: 'TIMEOUT' },
    });
    await app.close();
  });
});
