/** The file of an upload that its parts share, in the upload's folder. */
export const JOINED = 'joined';
