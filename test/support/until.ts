/** Waits until `claim` holds, at most `ms` milliseconds. */
export async function until(claim: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  // Some tests have a clock of their own.
  const end = performance.now() + ms;
  while (!(await claim())) {
    if (performance.now() > end) throw new Error('It did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
