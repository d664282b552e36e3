import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PublicUrl } from './public-url.js';

/** Leads a browser to the documentation, where the page is not built. */
@Controller()
@ApiExcludeController()
export class HomeController {
  constructor(private readonly publicUrl: PublicUrl) {}

  /** Behind a proxy that takes a path off a browser may have left out the slash at its end, so the whole URL is told where it is known. */
  @Get()
  @Redirect()
  home(): { readonly url: string } {
    return { url: this.publicUrl.of('docs') };
  }
}
