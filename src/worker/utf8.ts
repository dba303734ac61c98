/** How long a text is in UTF-8: what makes texts of any script comparable. */
const encoder = new TextEncoder();

export const utf8Length = (text: string) => encoder.encode(text).byteLength;
