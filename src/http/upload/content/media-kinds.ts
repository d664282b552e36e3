import type { ContentKind } from './content-kinds.js';

/** Sound and moving pictures. Many a container holds either, and its first bytes do not tell which. */
export const MEDIA_KINDS: readonly ContentKind[] = [
  {
    type: 'audio/mpeg',
    names: ['audio/mp3', 'audio/mpeg3', 'audio/x-mpeg', 'audio/x-mpeg-3', 'audio/x-mp3', 'audio/mpg'],
    extensions: ['mp3', 'mp2', 'mp1', 'mpga', 'mp2a', 'm2a', 'm3a'],
    found: ['audio/mpeg'],
  },
  {
    type: 'audio/wav',
    names: ['audio/x-wav', 'audio/wave', 'audio/vnd.wave', 'audio/x-pn-wav'],
    extensions: ['wav', 'wave'],
    found: ['audio/wav'],
  },
  {
    type: 'audio/aac',
    names: ['audio/x-aac', 'audio/aacp', 'audio/x-hx-aac-adts', 'audio/vnd.dlna.adts'],
    extensions: ['aac', 'adts'],
    found: ['audio/aac'],
  },
  { type: 'audio/flac', names: ['audio/x-flac'], extensions: ['flac'], found: ['audio/flac'] },
  {
    type: 'audio/aiff',
    names: ['audio/x-aiff'],
    extensions: ['aif', 'aiff', 'aifc'],
    found: ['audio/aiff'],
  },
  {
    type: 'audio/midi',
    names: ['audio/mid', 'audio/x-midi', 'audio/x-mid'],
    extensions: ['mid', 'midi', 'kar', 'rmi'],
    found: ['audio/midi'],
  },

  // ISO base media files.
  {
    type: 'video/mp4',
    names: ['video/x-m4v'],
    extensions: ['mp4', 'mp4v', 'mpg4', 'm4v', 'm4p', 'f4v', 'f4p'],
    found: ['video/mp4', 'video/x-m4v'],
  },
  {
    type: 'audio/mp4',
    names: ['audio/x-m4a', 'audio/m4a', 'audio/x-m4b', 'audio/x-mp4'],
    extensions: ['m4a', 'mp4a', 'm4b', 'f4a', 'f4b'],
    borrowed: ['mp4'],
    found: ['audio/mp4', 'audio/x-m4a', 'video/mp4'],
  },
  { type: 'video/quicktime', extensions: ['mov', 'qt'], found: ['video/quicktime'] },
  { type: 'video/3gpp', extensions: ['3gp', '3gpp'], found: ['video/3gpp'] },
  { type: 'audio/3gpp', extensions: [], borrowed: ['3gp', '3gpp'], found: ['video/3gpp'] },
  { type: 'video/3gpp2', extensions: ['3g2'], found: ['video/3gpp2'] },
  { type: 'audio/3gpp2', extensions: [], borrowed: ['3g2'], found: ['video/3gpp2'] },

  // Matroska.
  { type: 'video/webm', extensions: ['webm'], found: ['video/webm'] },
  { type: 'audio/webm', extensions: ['weba'], borrowed: ['webm'], found: ['video/webm'] },
  {
    type: 'video/x-matroska',
    names: ['video/matroska'],
    extensions: ['mkv', 'mk3d', 'mks'],
    found: ['video/matroska'],
  },
  {
    type: 'audio/x-matroska',
    names: ['audio/matroska'],
    extensions: ['mka'],
    found: ['video/matroska'],
  },

  // Ogg.
  {
    type: 'audio/ogg',
    names: ['audio/opus', 'audio/vorbis', 'audio/x-ogg'],
    // The types of the container, whatever is in it.
    misnamed: ['application/ogg', 'video/ogg'],
    extensions: ['ogg', 'oga', 'spx', 'opus'],
    found: ['audio/ogg', 'application/ogg'],
  },
  {
    type: 'video/ogg',
    misnamed: ['application/ogg'],
    extensions: ['ogv', 'ogm'],
    borrowed: ['ogg'],
    found: ['video/ogg', 'application/ogg'],
  },
  {
    type: 'application/ogg',
    extensions: ['ogx'],
    borrowed: ['ogg', 'oga', 'ogv'],
    found: ['application/ogg', 'audio/ogg', 'video/ogg'],
  },

  // Advanced Systems Format.
  {
    type: 'audio/x-ms-wma',
    names: ['audio/x-ms-asf'],
    extensions: ['wma'],
    borrowed: ['asf'],
    found: ['audio/x-ms-asf', 'application/vnd.ms-asf'],
  },
  {
    type: 'video/x-ms-wmv',
    names: ['video/x-ms-asf'],
    extensions: ['wmv'],
    borrowed: ['asf'],
    found: ['video/x-ms-asf', 'application/vnd.ms-asf'],
  },
  {
    type: 'video/x-msvideo',
    names: ['video/avi', 'video/msvideo', 'video/vnd.avi'],
    extensions: ['avi'],
    found: ['video/vnd.avi'],
  },
  {
    type: 'video/mpeg',
    extensions: ['mpeg', 'mpg', 'mpe', 'm1v', 'm2v', 'vob'],
    found: ['video/mpeg', 'video/mp1s', 'video/mp2p'],
  },
];
