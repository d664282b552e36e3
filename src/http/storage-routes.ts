import { Controller, Delete, Get, Post, Put, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { createHealthController } from './storage-health.controller.js';
import { createSignedController } from './signed/signed-objects.controller.js';
import { createGrantedController } from './parts/granted.controller.js';
import { createCompanionController } from './parts/companion.controller.js';
import { createPartsController } from './parts/parts.controller.js';
import { createDirectController } from './direct/direct.controller.js';
import type { StorageHttpExtras } from './storage-http.options.js';
import { pathOf } from './message/http-request.js';
import { createTusController } from './tus/tus.controller.js';
import { createObjectsController } from './storage-objects.controller.js';

const DEFAULT_PREFIX = 'api';
/** What `@ApiExcludeController()` sets: `withStorageOpenApi` says more of these routes than Nest can see. */
const EXCLUDED = 'swagger/apiExcludeController';

/** The controllers of one import of StorageHttpModule, and where their routes are. */
export class StorageRoutes {
  readonly controllers: readonly Type[];
  private readonly objects: Type;
  private readonly signed: Type;
  private readonly tus: Type;
  private readonly direct: Type;
  private readonly companion: Type;
  private readonly parts: readonly Type[];
  private readonly health: Type | undefined;
  private readonly prefix: string;
  /** What all paths begin with, in lower case as routers compare it. */
  private base = '';

  constructor({ prefix = DEFAULT_PREFIX, health = false, guards = [] }: StorageHttpExtras) {
    this.prefix = trim(prefix);
    this.objects = createObjectsController(guards);
    this.signed = createSignedController();
    this.tus = createTusController(guards);
    this.direct = createDirectController(guards);
    this.companion = createCompanionController(guards);
    this.parts = [this.companion, createPartsController(guards), createGrantedController()];
    this.health = health === false ? undefined : createHealthController(health === true ? {} : health);
    // Health first: of two routes that match, Express takes the first.
    this.controllers = [
      ...(this.health ? [this.health] : []),
      this.objects,
      this.signed,
      this.direct,
      this.tus,
      ...this.parts,
    ];
    for (const controller of this.controllers) Reflect.defineMetadata(EXCLUDED, [true], controller);
    this.place('', 'express');
  }

  /**
   * Sets the paths of the routes. Both arguments are known only when the application starts.
   * @param globalPrefix That of the application. Nest puts it before every path, so what it ends in is left out here.
   * @param adapter The HTTP adapter: Express names its wildcards, Fastify has no names for them.
   */
  place(globalPrefix: string, adapter: string): void {
    const path = withoutRepeat(this.prefix, trim(globalPrefix));
    this.base = this.basePath(globalPrefix).toLowerCase();
    Controller({ path, version: VERSION_NEUTRAL })(this.objects);
    const object = `:storage/objects/${adapter === 'fastify' ? '*' : '*key'}`;
    decorate(this.objects, 'get', Get(object));
    decorate(this.objects, 'delete', Delete(object));
    Controller({ path, version: VERSION_NEUTRAL })(this.signed);
    Controller({ path, version: VERSION_NEUTRAL })(this.tus);
    const upload = `:storage/direct/s3/multipart/${adapter === 'fastify' ? '*' : '*upload'}`;
    decorate(this.companion, 'read', Get(upload));
    decorate(this.companion, 'complete', Post(upload));
    decorate(this.companion, 'abort', Delete(upload));
    const signed = `:storage/signed/${adapter === 'fastify' ? '*' : '*key'}`;
    decorate(this.signed, 'get', Get(signed));
    decorate(this.signed, 'put', Put(signed));
    decorate(this.signed, 'delete', Delete(signed));
    for (const controller of [this.direct, ...this.parts])
      Controller({ path, version: VERSION_NEUTRAL })(controller);
    if (this.health) Controller({ path: `${path}/v1/storage/health`, version: VERSION_NEUTRAL })(this.health);
  }

  /** What all paths begin with in an application of this global prefix: `/api`, or nothing. */
  basePath(globalPrefix: string): string {
    const path = withoutRepeat(this.prefix, trim(globalPrefix));
    return ['', trim(globalPrefix), path].join('/').replace(/\/+/g, '/').replace(/\/$/, '');
  }

  /** Whether a route of Fastify, by its pattern, is one of those that read a body: of any storage, served or not. */
  takesBody(method: string | undefined, pattern: string): boolean {
    const below = `${this.base}/:storage/`;
    if (!pattern.toLowerCase().startsWith(below)) return false;
    const route = pattern.slice(below.length);
    if (method === 'PUT') return route === 'signed/*' || route === 'direct/granted';
    if (method === 'PATCH') return route === 'tus/:id';
    return method === 'POST' && /^(?:upload|presign|direct(?:\/.+)?|tus|tus\/:id)$/.test(route);
  }

  get hasHealth(): boolean {
    return this.health !== undefined;
  }

  /**
   * The storage in a target, as routers read it; undefined for any other target.
   * @param route What follows the storage, as a pattern: `signed/.*`.
   */
  storageOf(target: string, route: string): string | undefined {
    const path = pathOf(target);
    if (!path.toLowerCase().startsWith(`${this.base}/`)) return undefined;
    const name = new RegExp(`^/([^/]+)/(?:${route})/?$`, 'is').exec(path.slice(this.base.length))?.[1];
    try {
      return name === undefined ? undefined : decodeURIComponent(name);
    } catch {
      return undefined;
    }
  }
}

function withoutRepeat(prefix: string, globalPrefix: string): string {
  return `/${globalPrefix}`.endsWith(`/${prefix}`) ? '' : prefix;
}

function trim(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

function decorate(controller: Type, method: string, decorator: MethodDecorator): void {
  const prototype = controller.prototype as object;
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method) ?? {});
}
