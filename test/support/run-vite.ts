import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Builds by Vite in a process of its own, because its native parts do not load in a context of Jest.
 * @param what Is named when it fails. @param options Of `build` of Vite, as far as they are JSON.
 */
export async function runVite(what: string, options: object): Promise<void> {
  const script = `const { build } = await import('vite'); await build(${JSON.stringify(options)});`;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 60_000,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  } catch (cause) {
    throw new Error(`${what} could not be bundled`, { cause });
  }
}
