// Composition of Chinese, Japanese, Korean and the like: its keys choose among candidates, and are nobody else's.

/** Is this key part of a composition? The Enter that ends one comes from WebKit after its end, as key 229. */
export const composing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

/** Keep the keys of a composition from all that listens to keys in this window: nothing is sent, saved, taken, renamed or
 *  closed by them, in any field. The editors of documents are given theirs, since they write by them. */
export function keepCompositions(): () => void {
  const key = (event: KeyboardEvent) => {
    if (composing(event) && !(event.target as Element).closest?.("[contenteditable=true]"))
      event.stopImmediatePropagation();
  };
  globalThis.addEventListener("keydown", key, true);
  return () => globalThis.removeEventListener("keydown", key, true);
}
