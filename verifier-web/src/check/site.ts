// The one host this page talks to: its own.

/** What came back from this hub, or why nothing did. */
export type Answer = { ok: true; body: string; stale: boolean } | { ok: false; status: number | null };

export interface Site {
  /** `host[:port]` as in the address bar. */
  host: string;
  /** Scheme and host. */
  origin: string;
  /** Fetch a path of this host; never rejects. `status` null: no answer at all. */
  read(path: string, accept: string): Promise<Answer>;
  /** POST to this host; never rejects. */
  ask(path: string, type: string, body: BodyInit): Promise<Answer>;
}

const TIMEOUT_MS = 20_000;

export const thisSite = (): Site => ({
  host: location.host,
  origin: location.origin,
  async read(path, accept) {
    const options = { headers: { accept }, credentials: "omit", redirect: "error" } as const;
    const fresh = await answer(path, { ...options, cache: "no-cache" });
    if (fresh.ok || fresh.status !== null) return fresh;
    // Without a network, an answer this browser still holds is better than none; whoever uses it must say its age.
    const kept = await answer(path, { ...options, cache: "only-if-cached", mode: "same-origin" });
    return kept.ok ? { ...kept, stale: true } : { ok: false, status: null };
  },
  ask(path, type, body) {
    const headers = { accept: "application/json", "content-type": type };
    return answer(path, { method: "POST", headers, body, credentials: "omit", redirect: "error", cache: "no-store" });
  },
});

async function answer(path: string, options: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    // The same address has a page for people; a kept copy of that is no answer.
    if (response.headers.get("content-type")?.startsWith("text/html")) return { ok: false, status: null };
    if (!response.ok) return { ok: false, status: response.status };
    return { ok: true, body: await response.text(), stale: false };
  } catch {
    return { ok: false, status: null };
  }
}
