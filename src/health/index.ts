export { checkStorage, type StorageCheckOptions, type StorageHealth } from '../storage/check-storage.js';
export { StorageHealthIndicator } from './storage.health.js';
