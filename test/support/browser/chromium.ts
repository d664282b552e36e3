import { afterAll, beforeAll, describe } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { defineAbsence } from '../../servers/absence.js';
import { isInstalled } from '../../servers/catalogue.mjs';
import { within } from '../within.js';
import { chromiumPath } from './chromium-path.js';

/**
 * Calls `define` in a describe with a Chromium of its own, which runs while its tests do: `browser()` works in hooks and tests.
 * Where there is none, that becomes a test: skipped, or failed where STOWAGE_REQUIRE_SERVERS names `chromium`.
 *
 * Each test opens a context of its own (`browser().newContext()`) and closes it. The pages are on this machine alone.
 */
export function describeInChromium(name: string, define: (browser: () => Browser) => void): void {
  describe(`${name} in Chromium`, () => {
    if (isInstalled('chromium')) define(useChromium());
    else defineAbsence('chromium');
  });
}

function useChromium(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // The sandbox needs rights that root in a container has not.
    const args = ['--no-sandbox', '--disable-dev-shm-usage', '--no-proxy-server'];
    browser = await chromium.launch({
      executablePath: chromiumPath(),
      args,
      headless: true,
      timeout: 60_000,
      // They would end the process of the tests.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  }, 90_000);
  afterAll(async () => {
    if (browser) await within(browser.close(), 'the end of Chromium', 30_000);
  }, 40_000);
  return () => {
    if (!browser) throw new Error('Chromium runs only in hooks and tests');
    return browser;
  };
}
