// Goes away and comes back, again and again. Resolves to how long each coming back took in milliseconds: from asking for the
// place to the frame after the first in which what is wanted is shown.
async (away, place, times, isGone, isShown) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const took = [];
  for (let time = 0; time < times; time++) {
    location.hash = away;
    while (!isGone()) await frame();
    await pause(300);
    const begun = performance.now();
    location.hash = place;
    while (!isShown()) await frame();
    await frame();
    took.push(performance.now() - begun);
  }
  return took;
}
