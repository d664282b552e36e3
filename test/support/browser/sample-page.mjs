import { Uppy } from '@uppy/core';

const uppy = new Uppy();
uppy.addFile({ name: 'a.txt', type: 'text/plain', data: new Blob(['a']) });
globalThis.sample = `${uppy.constructor.name}, ${uppy.getFiles().length} file`;
