import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TusOptions } from './tus.options.js';
import { TUS_OPTIONS } from './tus.tokens.js';

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TusOptions>({ moduleName: 'Tus', optionsInjectionToken: TUS_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTusOptions')
    .setExtras({}, (definition) => ({ ...definition, global: true }))
    .build();
