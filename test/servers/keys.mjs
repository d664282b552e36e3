/** The keys that servers are started with. They are for tests on the loopback interface, and no secrets. */
export const keys = {
  accessKeyId: 'test-access-key',
  secretAccessKey: 'test-secret-key-0123456789abcdefghij',
};

/** Those of a second user, who owns nothing. */
export const otherKeys = {
  accessKeyId: 'other-access-key',
  secretAccessKey: 'other-secret-key-0123456789abcdefghij',
};
