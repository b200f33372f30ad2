import { get } from "./api.js";
import { live } from "./live.js";

// What the server last said, and when: pages draw from here and never fetch it themselves.
const POLL_MS = 2000;
const SOON_MS = 500;
const LATE_MS = 6000;

class State extends EventTarget {
  overview = null;
  failure = null;
  #heard = performance.now();
  #fetching = false;
  #streaming = true;
  #timer = null;
  #version = null;

  constructor() {
    super();
    live.addEventListener("hello", ({ detail }) => {
      this.#streaming = true;
      this.#version ??= detail.version;
    });
    live.addEventListener("lost", () => {
      this.#streaming = false;
      this.#changed();
    });
    for (const name of ["journal", "summary", "reload"]) {
      live.addEventListener(name, () => this.refresh(SOON_MS));
    }
    document.addEventListener("visibilitychange", () => this.refresh(0));
    this.refresh(0);
  }

  // Seconds since the server was last heard of.
  get age() {
    return (performance.now() - this.#heard) / 1000;
  }

  get isLive() {
    return this.failure === null && this.age * 1000 < LATE_MS && this.#streaming;
  }

  get isOutdated() {
    return this.overview !== null && this.#version !== null && this.overview.version !== this.#version;
  }

  refresh(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch(), delay);
  }

  async #fetch() {
    if (this.#fetching || document.visibilityState === "hidden") return this.refresh(POLL_MS);
    this.#fetching = true;
    try {
      this.overview = await get("/v1/api/overview");
      this.#heard = performance.now();
      this.failure = null;
    } catch (failure) {
      this.failure = failure;
    }
    this.#fetching = false;
    this.#changed();
    return this.refresh(POLL_MS);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const state = new State();
