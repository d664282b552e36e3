import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { ApiTokens } from './api-tokens.js';
import { isLoopback, listenAddress, type ListenAddress } from './listen-address.js';
import { StartError } from './start-error.js';

/** Who the server serves and where, as the environment says. */
@Injectable()
export class Access {
  readonly tokens: ApiTokens;
  readonly address: ListenAddress;

  /** @throws StartError for a bad variable, and for an address that others reach while there are no tokens. */
  constructor(config: ConfigService) {
    this.tokens = ApiTokens.parse(config.get<string>('API_TOKENS'));
    this.address = listenAddress(config.get<string>('HOST'), config.get<string>('PORT'));
    if (this.isDemo && !isLoopback(this.address.host)) {
      throw new StartError(
        `HOST is ${this.address.host}, which others can reach, and anyone could read, store and delete there: ` +
          'set API_TOKENS=user:token, or HOST=127.0.0.1 to try the server alone',
      );
    }
  }

  /** Without tokens everybody on this machine is the user `demo`. */
  get isDemo(): boolean {
    return this.tokens.users.length === 0;
  }
}
