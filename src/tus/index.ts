export { TusModule } from './tus.module.js';
export { TusSweeper } from './tus-sweeper.js';
export type { TusLock, TusLocker, TusOptions } from './tus.options.js';
