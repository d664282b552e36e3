export { RedisLocker, type RedisLockerOptions } from './lock/redis-locker.js';
export type { RedisCommand, SendRedisCommand } from './lock/redis-lease.js';
export { TusModule } from './tus.module.js';
export { TusSweeper } from './tus-sweeper.js';
export type { TusLock, TusLocker, TusOptions } from './tus.options.js';
