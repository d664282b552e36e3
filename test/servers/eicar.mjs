/**
 * The file that every scanner of viruses reports and that does no harm: https://www.eicar.org/download-anti-malware-testfile/.
 * In pieces, so that no scanner reports this repository.
 */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$',
  'EICAR-STANDARD',
  '-ANTIVIRUS-',
  'TEST-FILE!$H+H*',
].join('');

/** What the clamd of the tests calls it: it adds a word to names that are not its own. */
export const EICAR_NAME = 'Test.Eicar.UNOFFICIAL';
