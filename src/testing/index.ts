export type { StoredExpectation } from './expectation.js';
export { fakeStorage, FakeStorage } from './fake-storage.js';
export { overrideStorage, type OverridableModule } from './override-storage.js';
