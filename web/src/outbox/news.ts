import type { Achievement } from "~/api/schema";

/** Something unsent changed: of one achievement, or (null) everything. */
export interface News {
  id: string | null;
  /** What the hub answered. */
  saved?: Achievement;
  /** The hub has something new of it, which has to be read. */
  arrived?: boolean;
}

const listeners = new Set<(news: News) => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("hub-outbox");

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<News>) => {
    for (const listener of listeners) listener(data);
  };
}

/** Tells this tab, the other tabs and the service worker. */
export function announce(news: News): void {
  channel?.postMessage(news);
  for (const listener of listeners) listener(news);
}

/** Calls back on news from here or elsewhere. Returns the way to stop. */
export function onNews(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
