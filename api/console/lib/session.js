// Who is signed in, as the server says; a browser keeps nothing of it but the cookie it cannot read.
const URL_ = "/v1/api/session";
const OPEN = { mode: "open", name: "anonymous", source: "open", role: "admin", kinds: {}, csrf: null, signIn: [] };

class Session extends EventTarget {
  known = false;
  failure = null;
  #is = null;

  get csrf() {
    return this.#is?.csrf ?? null;
  }

  get name() {
    return this.#is?.name ?? null;
  }

  get mode() {
    return this.#is?.mode ?? null;
  }

  get role() {
    return this.#is?.role ?? null;
  }

  get kinds() {
    return this.#is?.kinds ?? {};
  }

  get signIn() {
    return this.#is?.signIn ?? ["password", "token"];
  }

  get isSignedOut() {
    return this.known && this.mode !== "open" && this.name === null;
  }

  async load() {
    try {
      const response = await fetch(URL_, { signal: AbortSignal.timeout(15_000) });
      // A server without accounts has no such route: whoever reaches it may do everything.
      if (response.status === 404) this.#take(OPEN);
      else if (response.ok) this.#take(await response.json());
      else throw new Error(response.statusText);
      this.failure = null;
    } catch (failure) {
      this.failure = failure;
      this.dispatchEvent(new Event("change"));
    }
  }

  // The session ended on the server: expired, revoked, or signed out in another tab.
  lost() {
    if (this.#is === null || this.mode === "open" || this.name === null) return;
    this.#take({ ...this.#is, name: null, csrf: null, role: null, kinds: {} });
  }

  #take(is) {
    this.#is = is;
    this.known = true;
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
