import type { FileScanner } from '../../../../src/http/index.js';

/** The file that every scanner knows: https://www.eicar.org/download-anti-malware-testfile/ */
const MARK = 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE';

/** Finds EICAR, wherever chunks end; fails or says nothing more for content that tells it to. */
export const eicarScanner: FileScanner = {
  async scan(content, _file, { signal }) {
    let last = '';
    for await (const chunk of content) {
      const text = last + Buffer.from(chunk as Uint8Array).toString('latin1');
      if (text.includes(MARK)) return { infected: 'Eicar-Test-Signature' };
      if (text.includes('SCANNER-FAILS')) throw new Error('password=hunter2');
      if (text.includes('SCANNER-HANGS'))
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))));
      last = text.slice(-MARK.length);
    }
    return 'clean';
  },
};
