import { get, query } from "./api.js";

const PAGE = 500;

// All lines of the journal that fit, as one file of NDJSON: read page after page, from the newest asked for back to
// the oldest that is kept. What was read goes into blobs, which a browser may keep out of memory. `read` rejects where
// `signal` says so and where the server refuses; called again, it goes on where it stopped.
export class JournalFile {
  #asked;
  #keep;
  #from;
  #parts = [];
  #isWhole = false;

  // `asked`: the filter as the server has it; `before`: only older lines; `keep(line)`: what the server cannot filter.
  constructor(asked, { before = null, keep = () => true } = {}) {
    this.#asked = asked;
    this.#from = before;
    this.#keep = keep;
    this.lines = 0;
    this.backTo = null;
  }

  // `told()` after each page: how many `lines` there are, and the time that they reach `backTo`.
  async read(signal, told) {
    while (!this.#isWhole) {
      const url = `/v1/api/events${query({ ...this.#asked, before: this.#from, limit: PAGE })}`;
      const { items, next } = await get(url, { signal });
      const lines = items.filter(this.#keep).map((line) => `${JSON.stringify(line)}\n`);
      this.#parts.push(new Blob(lines));
      this.lines += lines.length;
      this.backTo = items.at(-1)?.at ?? this.backTo;
      this.#from = next;
      this.#isWhole = next === null;
      told();
    }
    return new Blob(this.#parts, { type: "application/x-ndjson" });
  }
}
