// The hosts this page talks to: its own, or the hubs that a saved copy came from.

import { hubs } from "../place";
import { browserShelf, isWorthKeeping, type Shelf } from "./shelf";

/** What came back from a hub, or why nothing did. `keptAt`: it is from this browser's store, since the hub was silent. */
export type Answer = { ok: true; body: string; keptAt: string | null } | { ok: false; status: number | null };

export interface Site {
  /** `host[:port]`. */
  host: string;
  /** Scheme and host. */
  origin: string;
  /** Fetch a path of this host; never rejects. `status` null: no answer at all. */
  read(path: string, accept: string): Promise<Answer>;
  /** POST to this host; never rejects. */
  ask(path: string, type: string, body: BodyInit): Promise<Answer>;
}

const TIMEOUT_MS = 20_000;
const TRIES = 3;

/** Every site that may be asked; the first is the one this page came from. */
export const knownSites = (shelf: Shelf = browserShelf()): Site[] => hubs.map((origin) => siteAt(origin, shelf));

export const siteAt = (origin: string, shelf: Shelf): Site => ({
  host: new URL(origin).host,
  origin,
  async read(path, accept) {
    const fresh = await answer(origin + path, { headers: { accept }, cache: "no-cache" });
    const keep = isWorthKeeping(path);
    if (fresh.ok && keep) await shelf.write(origin + path, fresh.body, new Date());
    if (fresh.ok || fresh.status !== null || !keep) return fresh;
    const kept = await shelf.read(origin + path);
    return kept ? { ok: true, body: kept.body, keptAt: kept.at } : fresh;
  },
  async ask(path, type, body) {
    const headers = { accept: "application/json", "content-type": type };
    return answer(origin + path, { method: "POST", headers, body, cache: "no-store" });
  },
});

async function answer(url: string, options: RequestInit, triesLeft = TRIES): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...options, credentials: "omit", redirect: "error", signal });
    const wait = Number(response.headers.get("retry-after"));
    // Whoever checks fifty files at once is asked to wait for a moment.
    if (response.status === 429 && triesLeft > 1 && wait > 0 && wait <= 5) {
      await new Promise((resume) => setTimeout(resume, wait * 1000));
      return answer(url, options, triesLeft - 1);
    }
    // The same address has a page for people; a kept copy of that is no answer.
    if (response.headers.get("content-type")?.startsWith("text/html")) return { ok: false, status: null };
    if (!response.ok) return { ok: false, status: response.status };
    return { ok: true, body: await response.text(), keptAt: null };
  } catch {
    return { ok: false, status: null };
  }
}
