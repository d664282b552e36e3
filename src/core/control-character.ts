// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether `text` has a control character of ASCII (C0, DEL): it has no place in a key, a header or a variable. */
export const hasControlCharacter = (text: string): boolean => CONTROL.test(text);
