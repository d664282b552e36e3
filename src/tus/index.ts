export { TusModule } from './tus.module.js';
export type { TusLock, TusLocker, TusOptions } from './tus.options.js';
