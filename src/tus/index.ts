export { TusModule } from './tus.module.js';
export { TusSweeper } from './tus-sweeper.js';
export type { SweptTus } from './upload/sweep-tus.js';
export type { TusLock, TusLocker, TusOptions } from './tus.options.js';
