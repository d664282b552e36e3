export type { StoredExpectation } from './expectation.js';
export { fakeStorage, FakeStorage } from './fake-storage.js';
export { overrideStorage } from './override-storage.js';
