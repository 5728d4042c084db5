// Scrolls the open room upwards for so many milliseconds, and leaves in `window.scrolled` how long each frame took and
// how many messages were passed.
(last) => {
  const list = document.querySelector("[data-region=messages]");
  const frames = [];
  const seen = new Set();
  const begun = performance.now();
  let before = begun;
  const step = (now) => {
    frames.push(now - before);
    before = now;
    for (const article of list.querySelectorAll("[data-message]")) seen.add(article.dataset.message);
    // A turn of a wheel is about 100 pixels. After each second a person looks, which is when more comes in above.
    if (frames.length % 80 < 60) list.scrollTop -= 100;
    if (now - begun < last) return requestAnimationFrame(step);
    window.scrolled = { frames: frames.slice(1), rows: seen.size };
  };
  requestAnimationFrame(step);
}
