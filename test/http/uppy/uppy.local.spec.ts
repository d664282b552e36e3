import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeInChromium } from '../../support/browser/chromium.js';
import { localPlace } from './served-page.js';
import { uppyContract } from './uppy.contract.js';

describeInChromium('Uppy on local disk', (browser) => {
  const create = async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-uppy-'));
    return { ...localPlace(root), destroy: () => rm(root, { recursive: true, force: true }) };
  };
  uppyContract(browser, create, { isDirect: false });
});
