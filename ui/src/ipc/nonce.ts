// The nonce of the one <style> in index.html, which the editors need for the styles that they write (CSP).

/** Empty where no CSP asks for one. */
export function styleNonce(): string {
  return document.querySelector<HTMLStyleElement>("style#nonce")?.nonce ?? "";
}
