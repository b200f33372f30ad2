// What the server answers, or a Refusal with its reasons.
export class Refusal extends Error {
  constructor(status, problem, requestId) {
    super(problem.detail);
    this.status = status;
    this.reasons = problem.reasons?.length ? problem.reasons : [problem.detail];
    this.requestId = requestId;
  }
}

const PATIENCE_MS = 15_000;

export const path = (strings, ...parts) =>
  String.raw({ raw: strings }, ...parts.map((part) => encodeURIComponent(part)));

export async function get(url) {
  return answered(await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }));
}

export async function post(url, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answered(response) {
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  throw new Refusal(response.status, problem, response.headers.get("X-Request-Id"));
}
