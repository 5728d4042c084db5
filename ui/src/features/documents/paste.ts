// Pasting more than one update may carry. An update that is too large would be refused whole, after the editor had shown
// it: so plain text goes in by pieces, and what cannot be cut is refused before anything is changed.

/** UTF-16 units of one piece: three bytes each at most, which with what is around them stays below 1 MiB. */
export const PIECE_UNITS = 200_000;

/** The text in pieces that together are the text; none ends within a surrogate pair. */
export function pieces(text: string, most = PIECE_UNITS): string[] {
  const cut: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + most, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last < 0xdc00) to -= 1;
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}
