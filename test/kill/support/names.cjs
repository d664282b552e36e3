/** A reporter of jest that says each test as it begins and ends: others wait for the end of a file, here many minutes. */
module.exports = class Names {
  onTestCaseStart(_test, { fullName }) {
    process.stdout.write(`begins: ${fullName}\n`);
  }

  onTestCaseResult(_test, { fullName, status, duration }) {
    if (status === 'pending') return;
    process.stdout.write(`${status} after ${Math.round((duration ?? 0) / 1000)} s: ${fullName}\n`);
  }
};
