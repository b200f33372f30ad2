// Reads again and again what a page shows, as long as the signal does not end and somebody looks at the page.
//
// read(signal) answers it; show(found) draws it; fail(failure) says that it could not be read. `every`: milliseconds, or
// what answers them. The answer reads at once, out of turn.
export function keepReading({ read, show, fail, every }, signal) {
  let timer = null;
  let isReading = false;
  const turn = async () => {
    if (isReading || signal.aborted) return;
    clearTimeout(timer);
    if (document.visibilityState === "visible") await once();
    if (!signal.aborted) timer = setTimeout(turn, typeof every === "function" ? every() : every);
  };
  const once = async () => {
    isReading = true;
    let found = null;
    let failure = null;
    try {
      found = await read(signal);
    } catch (caught) {
      failure = caught;
    }
    isReading = false;
    if (signal.aborted) return;
    // What fails while it is drawn is a fault of ours, and is not to be taken for a refusal.
    if (failure) fail(failure);
    else show(found);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", turn, { signal });
  turn();
  return turn;
}
