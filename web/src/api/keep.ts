import { dehydrate, hydrate, type Query, type QueryClient } from "@tanstack/react-query";

import { keptTexts } from "~/outbox/store";

/** What a person without a connection wants to see of their own; nothing of other people. */
const KEPT = new Set(["me", "categories", "achievements", "achievement", "timeline", "exports"]);
const NAME = "reads-1";
/** How long a kept read is of use, in milliseconds. */
const LIFE = 14 * 86_400_000;
/** How long changes are collected before they are written, in milliseconds. */
const PAUSE = 1000;

/** Brings back what was read last on this device, and keeps what is read from now on, until the session ends. */
export async function keepReads(queries: QueryClient): Promise<void> {
  try {
    const text = await keptTexts.getItem(NAME);
    const { at, state } = JSON.parse(text ?? '{"at":0}') as { at: number; state?: unknown };
    if (state && Date.now() - at < LIFE) hydrate(queries, state);
    // Shown at once, and read anew: it may have changed elsewhere, or after it was kept.
    for (const { queryKey } of queries.getQueryCache().getAll())
      void queries.invalidateQueries({ queryKey, exact: true, refetchType: "none" });
  } catch {
    // Storage may be blocked or broken: the app reads anew.
    return;
  }
  let waiting = false;
  queries.getQueryCache().subscribe(({ query, type }) => {
    if (waiting || type !== "updated" || !isKept(query)) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      const state = dehydrate(queries, { shouldDehydrateQuery: isKept });
      // A later try may have failed, for want of a network; what is kept is what was read.
      for (const kept of state.queries)
        kept.state = { ...kept.state, status: "success", error: null, fetchStatus: "idle" };
      if (state.queries.length > 0)
        void keptTexts.setItem(NAME, JSON.stringify({ at: Date.now(), state })).catch(() => undefined);
    }, PAUSE);
  });
}

/** Forgets it: the next person at this device must not see what the last one read. */
export async function forgetReads(): Promise<void> {
  await keptTexts.removeItem(NAME).catch(() => undefined);
}

function isKept({ queryKey: [name], state }: Query): boolean {
  return KEPT.has(String(name)) && state.data !== undefined;
}
