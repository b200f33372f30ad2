// The only EventSource. One tab of the browser owns it and shares it, since HTTP/1.1 allows six connections.
const STREAM = "/v1/api/events/stream?journal=brief";
const NAMES = ["hello", "summary", "shards", "deps", "plan", "journal", "counted", "reload"];
const RETRY_MS = 2000;
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("shardwright.live") : null;

// Events: those of NAMES with the server's data as detail, and "lost" when the stream broke.
class Live extends EventTarget {
  // The version of the server: as it was first told, and last. The first may come before anybody listens.
  first = null;
  latest = null;
  #last = null;
  #source = null;
  #isLost = false;
  #timer = null;
  #owns = false;

  constructor() {
    super();
    channel?.addEventListener("message", ({ data }) => this.#answer(data));
    document.addEventListener("visibilitychange", () => this.#seen());
    if (channel && navigator.locks) {
      // The lock falls to the next tab when this one goes.
      navigator.locks.request("shardwright.live", () => {
        this.#owns = true;
        this.#open();
        return new Promise(() => {});
      });
      channel.postMessage({ name: "ask" });
    } else {
      // Plain http to another host has no locks: there the tab that is looked at has a stream, and no other.
      this.#owns = true;
      this.#seen();
    }
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#owns && this.#open());
  }

  #seen() {
    const isVisible = document.visibilityState === "visible";
    if (!navigator.locks || !channel) {
      if (isVisible) this.#open();
      else this.#close();
    } else if (isVisible) {
      if (this.#owns) this.#open();
      else channel.postMessage({ name: "ask" });
    }
  }

  #open() {
    clearTimeout(this.#timer);
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) return;
    const source = new EventSource(this.#last === null ? STREAM : `${STREAM}&after=${this.#last}`);
    this.#source = source;
    for (const name of NAMES) {
      source.addEventListener(name, ({ data, lastEventId }) =>
        this.#tell({ name, id: lastEventId, data: JSON.parse(data) }),
      );
    }
    source.addEventListener("error", () => {
      this.#tell({ name: "lost", id: "", data: {} });
      // A browser gives up on a stream that was refused; we do not.
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    });
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #tell(message) {
    channel?.postMessage(message);
    this.#hear(message);
  }

  #answer(message) {
    if (message.name !== "ask") this.#hear(message);
    else if (this.#owns && this.#source) {
      // A hidden tab's timers are slow: whoever looks at another tab wakes it.
      if (this.#isLost) this.#tell({ name: "lost", id: "", data: {} });
      if (this.#source.readyState === EventSource.CLOSED) this.#open();
    }
  }

  #hear({ name, id, data }) {
    if (id) this.#last = id;
    if (name === "hello") {
      this.first ??= data.version;
      this.latest = data.version;
    }
    this.#isLost = name === "lost";
    this.dispatchEvent(new CustomEvent(name, { detail: data }));
  }
}

export const live = new Live();
