// One clock for everything on the page that ages; it rests while nobody looks.
const TICK_MS = 1000;
const listeners = new Set();
let timer = null;

const turn = () => {
  const runs = listeners.size > 0 && document.visibilityState === "visible";
  if (runs && timer === null) timer = setInterval(tell, TICK_MS);
  if (!runs && timer !== null) {
    clearInterval(timer);
    timer = null;
  }
};
const tell = () => {
  for (const listener of listeners) listener();
};

document.addEventListener("visibilitychange", () => {
  turn();
  if (document.visibilityState === "visible") tell();
});

export function onTick(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => {
    listeners.delete(listener);
    turn();
  });
  turn();
}
