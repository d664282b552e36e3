import { Controller, Get, Redirect } from '@nestjs/common';

/** Leads a browser to the documentation. */
@Controller()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {}
}
