import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** Leads a browser to the documentation, where the page is not built. */
@Controller()
@ApiExcludeController()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {}
}
