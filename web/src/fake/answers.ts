import { HttpResponse } from "msw";

import type { Page, Problem } from "~/api/schema";

/** A problem document as the hub writes it. */
export function problem(status: number, code: string, more: Partial<Problem> = {}): Response {
  return HttpResponse.json(
    { type: "about:blank", title: code, status, code, trace_id: "fake", ...more } satisfies Problem,
    {
      status,
      headers: { "Content-Type": "application/problem+json" },
    },
  );
}

/** A keyset page; the cursor is the index here. */
export function page<T>(url: URL, all: T[]): Response {
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const limit = Number(url.searchParams.get("limit") ?? 25);
  const next = from + limit < all.length ? String(from + limit) : null;
  return HttpResponse.json({
    results: all.slice(from, from + limit),
    next,
    previous: null,
    count: null,
  } satisfies Page<T>);
}

/** Case-insensitive "contains" over several texts. */
export function matches(q: string | null, ...texts: (string | null)[]): boolean {
  return !q || texts.some((text) => text?.toLowerCase().includes(q.toLowerCase()));
}
