/** What a push message says; the hub writes it in the person's language, as JSON. */
interface Push {
  title: string;
  body: string;
  /** A path of the app, where a press leads. */
  path: string;
  /** A newer message with the same tag takes the place of the older one. */
  tag: string;
}

/** The notification for a push message. One that cannot be read still says that there is something. */
export function noticeOf(text: string): NotificationOptions & { title: string } {
  const push = parse(text);
  return {
    title: push.title || "Student Hub",
    body: push.body,
    tag: push.tag || undefined,
    icon: "/app/icons/icon-192.png",
    badge: "/app/icons/icon-192.png",
    data: { path: push.path },
  };
}

/** Where a press leads: a path of this app, never another site. */
export function pathOf(data: unknown): string {
  const path = (data as { path?: unknown } | null)?.path;
  return typeof path === "string" && /^\/app\/(?![/\\])/.test(path) ? path : "/app/";
}

function parse(text: string): Push {
  const empty = { title: "", body: "", path: "", tag: "" };
  try {
    const parts = JSON.parse(text) as Record<string, unknown>;
    const word = (name: keyof Push) => (typeof parts[name] === "string" ? (parts[name] as string) : "");
    return { title: word("title"), body: word("body"), path: word("path"), tag: word("tag") };
  } catch {
    return empty;
  }
}
