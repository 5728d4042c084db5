// What of a text is sent.

/** As it is sent: without blank lines before and white space after it. Its first line keeps its spaces; empty if all is blank. */
export const asSent = (text: string): string => text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
