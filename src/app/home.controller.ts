import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** Leads a browser to the documentation. */
@Controller()
@ApiExcludeController()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {}
}
