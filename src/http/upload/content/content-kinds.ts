/** A kind of content: what may be said of it, and what is found in it. */
export interface ContentKind {
  /** Its media type. */
  readonly type: string;
  /** Other media types that mean the same, and are as good to store. */
  readonly names?: readonly string[];
  /** Media types that clients say of it by mistake. `type` is stored instead. */
  readonly misnamed?: readonly string[];
  /** Extensions that stand for it, without a dot. */
  readonly extensions: readonly string[];
  /** Extensions of others that it may have too. */
  readonly borrowed?: readonly string[];
  /** What `detectContent` may find in it: any of these. */
  readonly found: readonly string[];
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const ZIP = ['application/zip', 'application/x-zip-compressed'];
const HEIF = ['image/heic', 'image/heic-sequence', 'image/heif', 'image/heif-sequence'];

/**
 * The kinds that need more than their name in the registry: those without a signature, those that share one, those with
 * several names. Of any other the media type, the extensions that mime knows and the name that file-type gives are enough.
 * Kinds of which nothing else is known than their content are tried from first to last.
 */
export const CONTENT_KINDS: readonly ContentKind[] = [
  // Text. `fragment` is what begins as a piece of HTML does, as Markdown may.
  {
    type: 'text/plain',
    extensions: ['txt', 'text', 'log', 'list', 'conf', 'def', 'in', 'ini'],
    borrowed: ['md', 'markdown', 'csv', 'tsv', 'json', 'yaml', 'yml', 'vtt', 'srt', 'ics', 'vcf', 'sql'],
    found: ['text', 'fragment'],
  },
  {
    type: 'text/markdown',
    names: ['text/x-markdown'],
    extensions: ['md', 'markdown'],
    borrowed: ['txt'],
    found: ['text', 'fragment'],
  },
  {
    type: 'text/csv',
    names: ['application/csv', 'text/x-csv', 'text/comma-separated-values'],
    // Browsers, where Excel is installed.
    misnamed: ['application/vnd.ms-excel'],
    extensions: ['csv'],
    borrowed: ['txt'],
    found: ['text'],
  },
  { type: 'text/tab-separated-values', extensions: ['tsv'], borrowed: ['txt'], found: ['text'] },
  { type: 'application/json', names: ['text/json'], extensions: ['json', 'map'], found: ['json'] },
  { type: 'text/html', extensions: ['html', 'htm', 'shtml'], found: ['html', 'fragment', 'xml', 'text'] },
  { type: 'application/xhtml+xml', extensions: ['xhtml', 'xht'], found: ['html', 'xml'] },
  { type: 'image/svg+xml', extensions: ['svg'], found: ['svg'] },
  { type: 'application/xml', names: ['text/xml'], extensions: ['xml', 'xsl', 'xsd', 'rng'], found: ['xml'] },
  {
    type: 'text/javascript',
    names: [
      'application/javascript',
      'application/x-javascript',
      'application/ecmascript',
      'text/ecmascript',
    ],
    extensions: ['js', 'mjs', 'cjs'],
    found: ['text'],
  },
  { type: 'model/stl', extensions: ['stl'], found: ['model/stl', 'text'] },
  { type: 'application/pgp-encrypted', extensions: ['asc', 'pgp', 'gpg'], found: ['text'] },

  // Documents.
  { type: 'application/pdf', names: ['application/x-pdf'], extensions: ['pdf'], found: ['application/pdf'] },
  {
    type: 'application/rtf',
    names: ['text/rtf', 'application/x-rtf', 'text/richtext'],
    // Browsers, where Word is installed.
    misnamed: ['application/msword'],
    extensions: ['rtf'],
    found: ['application/rtf'],
  },
  {
    type: 'application/postscript',
    names: ['application/eps', 'image/x-eps'],
    extensions: ['ps', 'eps', 'ai'],
    found: ['application/postscript', 'application/eps'],
  },
  // One container, whose directory may stand anywhere in it: [MS-CFB].
  { type: 'application/msword', extensions: ['doc', 'dot'], found: ['application/x-cfb'] },
  {
    type: 'application/vnd.ms-excel',
    names: ['application/msexcel', 'application/x-msexcel', 'application/x-excel'],
    extensions: ['xls', 'xlt', 'xla', 'xlm', 'xlw', 'xlc'],
    found: ['application/x-cfb'],
  },
  {
    type: 'application/vnd.ms-powerpoint',
    names: ['application/mspowerpoint', 'application/x-mspowerpoint'],
    extensions: ['ppt', 'pps', 'pot'],
    found: ['application/x-cfb'],
  },
  {
    type: 'application/vnd.ms-outlook',
    extensions: ['msg', 'pst'],
    found: ['application/x-cfb', 'application/vnd.ms-outlook'],
  },
  ...(
    [
      ['wordprocessingml.document', 'docx'],
      ['spreadsheetml.sheet', 'xlsx'],
      ['presentationml.presentation', 'pptx'],
    ] as const
  ).map(([name, extension]) => ({
    type: `${OFFICE}.${name}`,
    misnamed: ZIP,
    extensions: [extension],
    found: [`${OFFICE}.${name}`, 'opc'],
  })),
  ...(['text', 'spreadsheet', 'presentation', 'graphics'] as const).map((name) => ({
    type: `application/vnd.oasis.opendocument.${name}`,
    misnamed: ZIP,
    extensions: [`od${name === 'text' ? 't' : name[0]}`],
    found: [`application/vnd.oasis.opendocument.${name}`],
  })),
  { type: 'application/epub+zip', misnamed: ZIP, extensions: ['epub'], found: ['application/epub+zip'] },

  // Archives.
  {
    type: 'application/zip',
    names: ['application/x-zip-compressed', 'application/x-zip'],
    extensions: ['zip'],
    found: ['application/zip'],
  },
  {
    type: 'application/gzip',
    names: ['application/x-gzip', 'application/x-tgz'],
    extensions: ['gz', 'tgz'],
    found: ['application/gzip'],
  },
  {
    type: 'application/vnd.rar',
    names: ['application/x-rar-compressed', 'application/x-rar'],
    extensions: ['rar'],
    found: ['application/x-rar-compressed'],
  },

  // Images.
  {
    type: 'image/jpeg',
    names: ['image/jpg', 'image/pjpeg'],
    extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'pjpeg', 'pjp'],
    found: ['image/jpeg'],
  },
  { type: 'image/png', names: ['image/x-png'], extensions: ['png'], found: ['image/png', 'image/apng'] },
  {
    type: 'image/apng',
    names: ['image/vnd.mozilla.apng'],
    extensions: ['apng'],
    borrowed: ['png'],
    found: ['image/apng'],
  },
  // `mif1`, which file-type calls HEIF, is the first brand of some of the others too.
  { type: 'image/avif', extensions: ['avif', 'avifs'], found: ['image/avif', 'image/heif'] },
  { type: 'image/heic', names: ['image/heic-sequence'], extensions: ['heic', 'heics', 'hif'], found: HEIF },
  {
    type: 'image/heif',
    names: ['image/heif-sequence'],
    extensions: ['heif', 'heifs', 'hif'],
    borrowed: ['heic'],
    found: HEIF,
  },
  {
    type: 'image/bmp',
    names: ['image/x-bmp', 'image/x-ms-bmp'],
    extensions: ['bmp', 'dib'],
    found: ['image/bmp'],
  },
  { type: 'image/tiff', names: ['image/tif'], extensions: ['tif', 'tiff'], found: ['image/tiff'] },
  {
    type: 'image/x-icon',
    names: ['image/vnd.microsoft.icon', 'image/ico'],
    extensions: ['ico', 'cur'],
    found: ['image/x-icon'],
  },
  {
    type: 'image/vnd.adobe.photoshop',
    names: ['image/x-photoshop', 'application/x-photoshop', 'application/photoshop'],
    extensions: ['psd'],
    found: ['image/vnd.adobe.photoshop'],
  },
];
