import type { Tokens } from "~/api/schema";

/** Who may call the hub from this tab: the access token, in memory only. The refresh token is an HttpOnly cookie. */
interface Access {
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

type Message = { kind: "access"; access: Access } | { kind: "ended"; how: End };

/** Signed out by the person, or the hub no longer knows the session. */
export type End = "signed_out" | "expired";

/** A token this close to its end is renewed before it is used, in milliseconds. */
const MARGIN = 20_000;
const LOCK = "hub-refresh";

let access: Access | null = null;
let running: Promise<boolean> | null = null;
const endListeners = new Set<(how: End) => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("hub-session");

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === "access") access = data.access;
    else endHere(data.how);
  };
}

/** The token to send now, or null if it is missing or about to expire. */
export function freshToken(now = Date.now()): string | null {
  return access && access.expiresAt - MARGIN > now ? access.token : null;
}

/** Keeps the tokens of a log-in or refresh and hands the access token to the other tabs. */
export function keepTokens(tokens: Tokens, now = Date.now()): void {
  access = { token: tokens.access, expiresAt: now + tokens.expires_in * 1000 };
  channel?.postMessage({ kind: "access", access } satisfies Message);
}

/** Forgets the session in every tab. */
export function endSession(how: End): void {
  channel?.postMessage({ kind: "ended", how } satisfies Message);
  endHere(how);
}

/** Calls back when the session ends, here or in another tab. Returns the way to stop. */
export function onSessionEnd(listener: (how: End) => void): () => void {
  endListeners.add(listener);
  return () => endListeners.delete(listener);
}

/**
 * Renews the access token. Callers in this tab share one request; tabs take turns under a Web Lock, because
 * the cookie rotates and a second use of the same one would end the whole family. Whoever waited for another
 * tab uses what that tab received. `refused` is the token a 401 came back for. False: nobody is signed in.
 */
export function refresh(refused: string | null = null): Promise<boolean> {
  running ??= underLock(() => renew(refused)).finally(() => {
    running = null;
  });
  return running;
}

async function renew(refused: string | null): Promise<boolean> {
  const held = freshToken();
  if (held && held !== refused) return true;
  const response = await fetch("/api/token/refresh/", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-Hub-Client": "web" },
    body: "{}",
  });
  if (response.ok) {
    keepTokens((await response.json()) as Tokens);
    return true;
  }
  if (response.status >= 400 && response.status < 500 && response.status !== 429) {
    access = null;
    return false;
  }
  throw new TypeError(`refresh answered ${response.status}`);
}

async function underLock<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request(LOCK, work) : await work();
}

function endHere(how: End): void {
  access = null;
  for (const listener of endListeners) listener(how);
}
