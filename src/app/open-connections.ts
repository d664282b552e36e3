import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';

/**
 * Ends the connections that are still open some time after the shutdown began. Without it one client
 * that never ends its request keeps the process: a server that closes waits for each, and no longer
 * holds them to its own time limits (https://nodejs.org/api/http.html#serverclosecallback).
 */
export class OpenConnections implements BeforeApplicationShutdown {
  /** @param graceMs Milliseconds that requests have to end in. */
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly graceMs: number,
  ) {}

  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    setTimeout(() => server.closeAllConnections(), this.graceMs).unref();
  }
}
