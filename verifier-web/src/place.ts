// Where this page is: at a hub, at a college's own domain, or on somebody's disk.

/** The hub that this page came from, by the server's own word (a meta element it fills in). */
const named = document.querySelector<HTMLMetaElement>('meta[name="hub"]')?.content.split(" ") ?? [];
// A page that no hub has served (development) knows only where it is.
const origins = named.filter((origin) => /^https?:\/\//.test(origin) && !origin.endsWith("//hub.invalid"));

/** Opened from a disk: there is no server beside it, only the hubs it was saved from. */
export const saved = location.protocol === "file:";

/** Scheme and host of what answers: of this page, or of the hub that a saved page came from. */
export const origin = saved ? (origins[0] ?? "https://nowhere.invalid") : location.origin;

/** Every hub that may be asked, scheme and host; a page at a hub asks that one. */
export const hubs = saved ? origins : [location.origin];

/** `host[:port]` of `origin`. */
export const host = new URL(origin).host;

/** Whether another host than the hub's serves this page: then that host vouches for what it publishes. */
export const ownDomain = !saved && origins.length > 0 && !origins.includes(location.origin);

/** A link to something of this host, or null: no other is offered. */
export function ownLink(url: string): string | null {
  try {
    const { host: at, pathname, href } = new URL(url, origin);
    return at === host ? (saved ? href : pathname) : null;
  } catch {
    return null;
  }
}
