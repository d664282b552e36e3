import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ServerUrl } from './server-url.js';

/** Leads a browser to the documentation, where the page is not built. */
@Controller()
@ApiExcludeController()
export class HomeController {
  constructor(private readonly serverUrl: ServerUrl) {}

  /** Behind a proxy that takes a path off a browser may have left out the slash at its end, so the whole URL is told where it is known. */
  @Get()
  @Redirect()
  home(): { readonly url: string } {
    return { url: this.serverUrl.of('docs') };
  }
}
