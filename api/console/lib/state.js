import { get } from "./api.js";
import { t } from "./i18n.js";
import { live } from "./live.js";
import { Patch } from "./patch.js";
import { session } from "./session.js";

// What the server last said, and when. Pages draw from here; what is only theirs they fetch themselves.
const POLL_MS = 2000;
const WHOLE_MS = 10_000;
const SOON_MS = 500;
const LATE_MS = 4500;
const FRAME_MS = 250;
const TRAIL = 60;

class State extends EventTarget {
  overview = null;
  failure = null;
  #patch = new Patch(this);
  #heard = performance.now();
  #whole = -Infinity;
  #fetching = false;
  #streaming = true;
  #timer = null;
  #due = Infinity;
  #frame = null;
  #framed = -Infinity;
  #trails = new Map();

  constructor() {
    super();
    live.addEventListener("hello", () => {
      // Between the break and now anything may have happened.
      this.refresh(0);
      this.#streaming = true;
    });
    live.addEventListener("lost", () => {
      this.#streaming = false;
      this.#changed();
    });
    for (const name of ["summary", "shards", "deps"]) {
      live.addEventListener(name, ({ detail }) => {
        if (!this.overview) return;
        this.#streaming = true;
        const isWhole = this.#patch[name](detail);
        this.#hear();
        if (!isWhole) this.refresh(SOON_MS);
      });
    }
    live.addEventListener("journal", () => this.#isPatched || this.refresh(SOON_MS));
    live.addEventListener("reload", () => this.refresh(0));
    document.addEventListener("visibilitychange", () => this.refresh(0));
    session.addEventListener("change", () => this.refresh(0));
    this.refresh(0);
  }

  #patched = -Infinity;

  // Whether the stream itself tells what changes, so that there is no need to ask.
  get #isPatched() {
    return this.#streaming && performance.now() - this.#patched < POLL_MS;
  }

  // Seconds since the server was last heard of.
  get age() {
    return (performance.now() - this.#heard) / 1000;
  }

  get isLive() {
    return this.failure === null && this.age * 1000 < LATE_MS && this.#streaming;
  }

  // The server is of another version than the page: its modules may not fit.
  get isOutdated() {
    return live.first !== live.latest;
  }

  kind(name) {
    return this.overview?.kinds.find((one) => one.kind === name) ?? null;
  }

  // The last minutes of how many ids of a kind had no owner, a sample per audit of the figures.
  trail(name) {
    return this.#trails.get(name) ?? [];
  }

  // Why nothing can be changed now; "" where it can.
  off(name = null) {
    if (!this.overview || !this.isLive) return t("off.cut");
    if (this.overview.stale) return t("off.leader");
    if (this.overview.dependencies.some((one) => one.name.startsWith("store") && one.ok === false)) return t("off.store");
    if (name !== null && this.kind(name)?.ready === false) return t("off.ready");
    return "";
  }

  // Asks for the whole after so many milliseconds; many who ask never put it off.
  refresh(delay = 0) {
    const due = performance.now() + delay;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#turn(delay < POLL_MS);
    }, delay);
  }

  async #turn(isAsked) {
    if (this.#fetching || document.visibilityState === "hidden" || session.isSignedOut) return this.refresh(POLL_MS);
    const isYoung = performance.now() - this.#whole < WHOLE_MS;
    if (!isAsked && this.#isPatched && isYoung) return this.refresh(POLL_MS);
    this.#fetching = true;
    try {
      this.#patch.whole(await get("/v1/api/overview"));
      this.#whole = performance.now();
      this.failure = null;
      this.#hear();
      this.#patched = -Infinity;
    } catch (failure) {
      this.failure = failure;
      this.#changed();
    }
    this.#fetching = false;
    return this.refresh(POLL_MS);
  }

  #hear() {
    this.#heard = this.#patched = performance.now();
    for (const { kind, counts } of this.overview.kinds) {
      const trail = this.#trails.get(kind) ?? [];
      const now = Math.floor(this.#heard / 1000);
      if (trail.at(-1)?.second === now) continue;
      this.#trails.set(kind, [...trail.slice(1 - TRAIL), { second: now, unowned: counts.unowned }]);
    }
    this.#changed();
  }

  // Four frames a second at most, whatever arrives.
  #changed() {
    if (this.#frame !== null) return;
    const wait = Math.max(0, this.#framed + FRAME_MS - performance.now());
    this.#frame = setTimeout(() => {
      this.#frame = null;
      this.#framed = performance.now();
      this.dispatchEvent(new Event("change"));
    }, wait);
  }
}

export const state = new State();

// Calls `listener` now and after each change, as long as the signal does not end.
export function watch(listener, signal) {
  state.addEventListener("change", listener, { signal });
  listener();
}
