import { offlineProblem, parseProblem, RequestError } from "~/api/problem";
import { endSession, freshToken, refresh } from "~/api/session";
import { stepsUp } from "~/api/stepUp";

/** What a request carries besides its address. */
export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  /** A multipart body instead of `body`. */
  form?: FormData;
  /** The version this change is based on (RFC 9110 §13.1.1), with or without quotes. */
  ifMatch?: string;
  /** "*" makes a PUT create only (RFC 9110 §13.1.2). */
  ifNoneMatch?: "*";
  /** Makes a retried creating POST harmless; see `idempotencyKey()`. */
  idempotencyKey?: string;
  accept?: string;
  /** Public endpoints neither send a token nor wait for one. */
  anonymous?: boolean;
  signal?: AbortSignal;
}

/** A body with the version the server gave it. */
export interface Versioned<T> {
  data: T;
  etag: string | null;
}

/** Calls the hub and returns the body. Throws RequestError. */
export async function call<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await callVersioned<T>(path, options)).data;
}

/** Calls the hub and returns the body with its ETag. Throws RequestError. */
export async function callVersioned<T>(path: string, options: RequestOptions = {}): Promise<Versioned<T>> {
  const response = await send(path, options);
  const json = response.headers.get("Content-Type")?.includes("json");
  const data = json ? await response.json() : undefined;
  return { data: data as T, etag: response.headers.get("ETag") };
}

/** Fetches bytes (evidence, a portfolio) that need the bearer token. Throws RequestError. */
export async function callBlob(path: string, options: RequestOptions = {}): Promise<Blob> {
  return (await send(path, { accept: "*/*", ...options })).blob();
}

/** A new key for one user's one intention; keep it for the retries of that intention. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** The form an entity tag has in a header: quoted, as RFC 9110 §8.8.3 wants it. */
export function quotedTag(etag: string): string {
  return /^(W\/)?".*"$/.test(etag) ? etag : `"${etag}"`;
}

/** Uploads files as one multipart request; `onProgress` gets 0..1. Throws RequestError. */
export async function upload<T>(
  path: string,
  form: FormData,
  onProgress: (done: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  const token = freshToken() ?? (await renewedToken(null));
  const first = await uploadOnce(path, form, token, onProgress, signal);
  if (first.status !== 401) return uploaded<T>(first);
  return uploaded<T>(await uploadOnce(path, form, await renewedToken(token), onProgress, signal));
}

/** What weighs more asks for a step-up (docs/identity.md), and is then asked for again as it was. */
async function send(path: string, options: RequestOptions): Promise<Response> {
  if (options.anonymous) return checked(await attempt(path, options, null));
  try {
    return await sendSigned(path, options);
  } catch (refusal) {
    if (!(refusal instanceof RequestError) || !(await stepsUp(refusal))) throw refusal;
    return sendSigned(path, options);
  }
}

async function sendSigned(path: string, options: RequestOptions): Promise<Response> {
  const token = freshToken() ?? (await renewedToken(null));
  const response = await attempt(path, options, token);
  if (response.status !== 401) return checked(response);
  return checked(await attempt(path, options, await renewedToken(token)));
}

/** Renews once; with nobody signed in the session ends, and the caller gets the 401 it would have got. */
async function renewedToken(refused: string | null): Promise<string> {
  let renewed: boolean;
  try {
    renewed = await refresh(refused);
  } catch {
    throw offlineProblem();
  }
  const token = renewed ? freshToken() : null;
  if (token) return token;
  endSession("expired");
  throw parseProblem(401, null, "");
}

async function attempt(path: string, options: RequestOptions, token: string | null): Promise<Response> {
  const headers = new Headers({ Accept: options.accept ?? "application/json", "X-Hub-Client": "web" });
  const language = globalThis.document?.documentElement.lang;
  if (language) headers.set("Accept-Language", language);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (options.ifMatch !== undefined) headers.set("If-Match", quotedTag(options.ifMatch));
  if (options.ifNoneMatch) headers.set("If-None-Match", options.ifNoneMatch);
  if (options.idempotencyKey) headers.set("Idempotency-Key", options.idempotencyKey);
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  try {
    return await fetch(path + queryString(options.query), {
      method: options.method ?? "GET",
      credentials: "same-origin",
      headers,
      body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw offlineProblem();
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw parseProblem(response.status, response.headers.get("Content-Type"), await response.text());
}

function queryString(query: RequestOptions["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

// fetch() reports no upload progress, XMLHttpRequest does.
function uploadOnce(
  path: string,
  form: FormData,
  token: string,
  onProgress: (done: number) => void,
  signal?: AbortSignal,
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Hub-Client", "web");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => resolve(request);
    request.onerror = () => reject(offlineProblem());
    request.onabort = () => reject(new DOMException("The upload was stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function uploaded<T>(request: XMLHttpRequest): T {
  if (request.status >= 200 && request.status < 300) return JSON.parse(request.responseText) as T;
  throw parseProblem(request.status, request.getResponseHeader("Content-Type"), request.responseText);
}
