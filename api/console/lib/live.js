// The only EventSource. One tab of the browser owns it and shares it, since HTTP/1.1 allows six connections.
const STREAM = "/v1/api/events/stream";
const NAMES = ["hello", "journal", "summary", "reload"];
const RETRY_MS = 2000;
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("shardwright.live") : null;

class Live extends EventTarget {
  #last = null;
  #source = null;

  constructor() {
    super();
    channel?.addEventListener("message", ({ data }) => this.#hear(data));
    if (channel && navigator.locks) {
      navigator.locks.request("shardwright.live", () => {
        this.#open();
        return new Promise(() => {});
      });
    } else {
      document.addEventListener("visibilitychange", () => this.#follow());
      this.#follow();
    }
  }

  #follow() {
    if (document.visibilityState === "visible") this.#open();
    else this.#close();
  }

  #open() {
    if (this.#source) return;
    const source = new EventSource(this.#last === null ? STREAM : `${STREAM}?after=${this.#last}`);
    this.#source = source;
    for (const name of NAMES) {
      source.addEventListener(name, ({ data, lastEventId }) =>
        this.#tell({ name, id: lastEventId, data: JSON.parse(data) }),
      );
    }
    source.addEventListener("error", () => {
      this.#tell({ name: "lost", id: "", data: {} });
      // A browser gives up on a stream that was refused; we do not.
      if (source.readyState === EventSource.CLOSED) {
        this.#close();
        setTimeout(() => this.#open(), RETRY_MS);
      }
    });
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #tell(message) {
    channel?.postMessage(message);
    this.#hear(message);
  }

  #hear({ name, id, data }) {
    if (id) this.#last = id;
    this.dispatchEvent(new CustomEvent(name, { detail: data }));
  }
}

export const live = new Live();
