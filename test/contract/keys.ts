/** A key that is tried on every backend (list B of the project's test catalogue). */
export interface KeyRow {
  readonly name: string;
  readonly key: string;
  /** What the rules of a write say; a backend may refuse more, by name (`refusedKeys`). */
  readonly rule: 'kept' | 'refused';
}

const kept = (name: string, key: string): KeyRow => ({ name, key, rule: 'kept' });
const refused = (name: string, key: string): KeyRow => ({ name, key, rule: 'refused' });
const hex = (code: number): string => code.toString(16).padStart(2, '0');

const CONTROLS = [...Array.from({ length: 0x20 }, (_, i) => i), 0x7f];

export const KEYS: readonly KeyRow[] = [
  refused('empty', ''),
  refused('parent first', '../x'),
  refused('parent inside', 'a/../b'),
  refused('parent last', 'a/..'),
  refused('parent alone', '..'),
  refused('dot alone', '.'),
  refused('dot first', './x'),
  refused('dot inside', 'a/./b'),
  refused('dot last', 'a/.'),
  refused('absolute', '/abs'),
  refused('slash alone', '/'),
  refused('two slashes first', '//a'),
  refused('two slashes inside', 'a//b'),
  refused('slash last', 'a/'),
  refused('climbing far', '../../../../../../etc/passwd'),
  refused('climbing and back', '../foo/../bar/../../baz../'),
  refused('backslash parent', '..\\x'),
  refused('backslashes', '..\\foo\\..'),
  refused('drive', 'C:\\x'),
  refused('UNC path', '\\\\host\\share'),
  refused('lone high surrogate', 'a\ud800'),
  refused('lone low surrogate', '\udc00b'),
  refused('surrogates in the wrong order', '\ude00\ud83d'),
  ...CONTROLS.map((code) => refused(`control 0x${hex(code)}`, `a${String.fromCharCode(code)}b`)),
  refused('CRLF last', 'a\r\n'),
  refused('1,025 bytes', deep(1025)),
  refused('1,025 bytes of 2-byte characters', 'é'.repeat(512) + 'x'),
  refused('1,024 emoji', '😀'.repeat(1024)),

  kept('encoded parent', '%2e%2e%2f'),
  kept('encoded parent and name', '%2e%2e/x'),
  kept('twice encoded dot', '%252e'),
  kept('half encoded parent', '..%2f'),
  kept('overlong encoded slash', '..%c0%af'),
  kept('encoded slash', 'a%2Fa'),
  kept('encoded letters', '%48%45%4C%4C%4F'),
  kept('broken percent', '%Q'),
  kept('percent alone', '100%'),
  kept('full-width parent', '．．／x'),
  kept('full-width slash', 'a\uff0fb'),
  kept('division slash', 'a\u2215b'),
  kept('right-to-left override', 'a\u202egpj.exe'),
  kept('byte order mark', '\ufeffa'),
  kept('zero-width space', 'a\u200bb'),
  kept('zero-width joiner', 'a\u200db'),
  kept('no-break space', '\u00a0a'),
  kept('line separator', 'a\u2028b'),
  kept('next line (C1 control)', 'a\u0085b'),
  kept('replacement character', 'a\ufffdb'),
  kept('non-character', 'a\uffffb'),
  kept('private use', '\ue000'),
  kept('emoji', '😀'),
  kept('flag emoji', '🏴󠁧󠁢󠁥󠁮󠁧󠁿/🇩🇪'),
  kept('family emoji', '👨‍👩‍👧‍👦.png'),
  kept('NFC', 'caf\u00e9'),
  kept('NFD', 'cafe\u0301'),
  kept('Turkish dotted I', '\u0130stanbul'),
  kept('Turkish dotless i', '\u0131'),
  kept('sharp s', 'stra\u00dfe'),
  kept('right-to-left', 'שלום/عالم'),
  kept('Chinese', '文件/文档.txt'),
  kept('upper case', 'README'),
  kept('lower case', 'readme'),
  kept('space', ' '),
  kept('leading space', ' a'),
  kept('trailing space', 'a '),
  kept('segments of spaces', 'a/ /b'),
  kept('leading dot', '.a'),
  kept('trailing dot', 'a.'),
  kept('three dots', '...'),
  kept('dots inside a name', 'a..b/..c/d..'),
  kept('dot and space', '. /.. '),
  kept('device CON', 'CON'),
  kept('device NUL', 'NUL'),
  kept('device with extension', 'aux.txt'),
  kept('alternate data stream', 'a:b'),
  kept('drive without backslash', 'C:/x'),
  kept('URL', 's3://bucket'.replace('//', '/')),
  kept('home', '~'),
  kept('home of root', '~root/x'),
  kept('option', '-rf'),
  kept('long option', '--help'),
  kept('.htaccess', '.htaccess'),
  kept('git folder', '.git/config'),
  kept('env file', '.env'),
  kept('quotes', `it's "quoted" \`x\``),
  kept('markup', `<a href='x'>&amp;</a>`.replaceAll('/', '|')),
  kept('weird path', `I'm a < & weird path`),
  kept('plus', 'a+b c'),
  kept('query and fragment', '?x#y'),
  kept('parameters', 'a;b=c&d=e,f@g!h$i'),
  kept('glob', '*?[a-z]{x,y}'),
  kept('shell', '$(id);`id`|x&'),
  kept('format', '%s%n%d{0}${x}'),
  kept('parentheses and pipe', '(a)|b^c'),
  kept('printable ASCII', printableAscii()),
  kept('prototype', '__proto__'),
  kept('constructor', 'constructor/prototype'),
  kept('toString', 'toString'),
  kept('number', '0'),
  kept('null', 'null'),
  kept('undefined', 'undefined/NaN'),
  kept('soap prefix', 'soap/x'),
  kept('soap alone', 'soap'),
  kept('temporary suffix', 'a.tmp'),
  kept('name of a temporary file', '.tmp'),
  kept('suffix of metadata', 'a.meta.json'),
  kept('name of metadata', '.meta.json'),
  kept('hash suffix', 'name#1'),
  kept('part suffix', 'x.part/upload'),
  kept('own folder', '.stowage/x'),
  kept('own folder in upper case', '.STOWAGE/x'),
  kept('own folder deeper', 'a/.stowage/x'),
  kept('own name as a prefix', '.stowage-x'),
  kept('one byte', 'x'),
  kept('1,024 bytes', deep(1024)),
  kept('segment of 255 bytes', 's'.repeat(255)),
  kept('segment of 254 bytes in 2-byte characters', 'é'.repeat(127)),
  kept('segment of 256 bytes', 's'.repeat(256)),
  kept('segment of 256 bytes in emoji', '😀'.repeat(64)),
  kept('one segment of 1,024 bytes', 's'.repeat(1024)),
  kept('300 folders', Array.from({ length: 300 }, () => 'd').join('/')),
  kept('512 folders', Array.from({ length: 512 }, () => 'd').join('/')),
];

/** How many rows there are of each rule. */
export const KEY_COUNTS = {
  all: KEYS.length,
  kept: KEYS.filter(({ rule }) => rule === 'kept').length,
  refused: KEYS.filter(({ rule }) => rule === 'refused').length,
} as const;

/** A key of `bytes` bytes in segments of 100. */
function deep(bytes: number): string {
  let key = '';
  while (key.length < bytes) key += key.length % 101 === 100 ? '/' : 'k';
  return key.endsWith('/') ? `${key.slice(0, -1)}k` : key;
}

function printableAscii(): string {
  const codes = Array.from({ length: 0x7f - 0x20 }, (_, i) => i + 0x20);
  return codes
    .map((code) => String.fromCharCode(code))
    .filter((c) => c !== '\\' && c !== '/')
    .join('');
}
