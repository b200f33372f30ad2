import { session } from "./session.js";

// What the server answers, or a Refusal with its reasons: {status, title, detail, reasons, requestId}.
export class Refusal extends Error {
  constructor(status, problem, requestId) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.reasons = problem.reasons?.length ? problem.reasons : [this.message];
    this.requestId = requestId;
    this.problem = problem;
  }
}

const PATIENCE_MS = 15_000;
const CHANGE_PATIENCE_MS = 60_000;

// path`/v1/api/kinds/${kind}/resources/${id}`: each value is one segment, whatever stands in it.
export const path = (strings, ...parts) =>
  String.raw({ raw: strings }, ...parts.map((part) => encodeURIComponent(part)));

export function query(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(kept).toString();
  return text ? `?${text}` : "";
}

export async function get(url, { signal } = {}) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  return answered(await fetch(url, { signal: signal ? AbortSignal.any([signal, patience]) : patience }));
}

// One wish, one key: a browser that sends it twice does it once. `headers`: If-Match, for example.
export async function send(method, url, body, { headers = {}, key = newKey() } = {}) {
  const given = { "Idempotency-Key": key, ...headers };
  if (session.csrf) given["X-Shardwright-Csrf"] = session.csrf;
  if (body !== undefined) given["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(CHANGE_PATIENCE_MS);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return answered(await fetch(url, { method, headers: given, body: text, signal }));
}

export const post = (url, body = {}, options = {}) => send("POST", url, body, options);

export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function answered(response) {
  const requestId = response.headers.get("X-Request-Id");
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  if (response.status === 401) session.lost();
  throw new Refusal(response.status, problem, requestId);
}
