/** The length of a text in bytes of UTF-8. */
const encoder = new TextEncoder();

export const utf8Length = (text: string) => encoder.encode(text).byteLength;
