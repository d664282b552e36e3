import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Access } from './access.js';
import { isLoopback } from './listen-address.js';

/** The user of everybody while there are no tokens. */
export const DEMO_USER = 'demo';

/** Sets `request.user` to the user whose Bearer token the request has (RFC 6750): else 401. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly access: Access) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: string }>();
    if (this.access.isDemo) {
      assertLocal(request);
      request.user = DEMO_USER;
      return true;
    }
    const token = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const user = token === undefined ? undefined : this.access.tokens.userOf(token);
    if (user === undefined) {
      const response = context.switchToHttp().getResponse<ServerResponse>();
      const error = token === undefined ? '' : ', error="invalid_token"';
      response.setHeader('WWW-Authenticate', `Bearer realm="storage"${error}`);
      throw new UnauthorizedException('Send a token: Authorization: Bearer <token>');
    }
    request.user = user;
    return true;
  }
}

/**
 * A web site that the user has open may send requests to this machine, under its own name (DNS rebinding) or
 * as a form. Neither names this machine as host and as origin.
 */
function assertLocal({ headers }: IncomingMessage): void {
  const { host = '', origin } = headers;
  const named = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (!isLoopback(named) || (origin !== undefined && origin !== `http://${host}`))
    throw new ForbiddenException('Without tokens the server answers this machine only');
}
