// Replays a recorded writing into the Y.Doc of the open code document (`theirs`) or into one that nobody listens to
// (`alone`), as if each edit were typed by itself: a transaction each, after which all that waits on it is done. After 8 ms
// the window does its other work, as between two frames. Resolves to how long it took, in milliseconds.
async (where) => {
  const { patches } = window;
  const content = document.querySelector(".cm-content");
  if (content) {
    const view = content.cmTile.root.view;
    const shared = [...view.state.config.staticValues, ...view.state.values].find((value) => value?.ytext);
    window.traced = shared.ytext.doc;
    // The editor would draw each edit. What is measured comes after the Y.Doc.
    view.destroy();
  }
  const doc = where === "alone" ? new window.traced.constructor() : window.traced;
  const text = doc.getText("content");
  const channel = new MessageChannel();
  const otherWork = () => new Promise((done) => ((channel.port1.onmessage = done), channel.port2.postMessage(0)));
  const origin = {};
  const begun = performance.now();
  let since = begun;
  for (let at = 0; at < patches.length; at++) {
    const [position, gone, come] = patches[at];
    doc.transact(() => {
      if (gone > 0) text.delete(position, gone);
      if (come !== "") text.insert(position, come);
    }, origin);
    await undefined;
    if (at % 32 === 0 && performance.now() - since >= 8) {
      await otherWork();
      since = performance.now();
    }
  }
  window.written = text.toString();
  return performance.now() - begun;
}
