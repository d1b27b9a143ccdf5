// What waits for a reviewer, made through the API.

import { type APIRequestContext, type Browser, expect } from "@playwright/test";
import { type EvidenceFile, photo } from "./evidence";
import { loginOf, token } from "./people";

/** Achievements of the demo's student, handed in; their ids. Each has a file: those given, then photos of their own. */
export async function submitted(
  request: APIRequestContext,
  browser: Browser,
  titles: string[],
  files: EvidenceFile[] = [],
  college = "nvit",
): Promise<string[]> {
  const student = await loginOf(request, /^student$/i, college);
  const headers = { Authorization: `Bearer ${await token(request, student)}` };
  const ids: string[] = [];
  for (const [index, title] of titles.entries()) {
    const made = await request.post("/api/achievements/", {
      headers,
      data: {
        category: "technical",
        title,
        organiser: "Robotics Society of Jabalpur",
        level: "state",
        outcome: "winner",
        started_on: "2026-09-11",
        ended_on: "2026-09-13",
        description: "",
        skills: [],
      },
    });
    expect(made.status(), await made.text()).toBe(201);
    const { id } = (await made.json()) as { id: string };
    const file = files[index] ?? (await photo(browser, (Date.now() + index) % 1_000_003));
    const kept = await request.post(`/api/achievements/${id}/evidence/`, { headers, multipart: { file } });
    expect(kept.status(), await kept.text()).toBe(201);
    const item = await request.get(`/api/achievements/${id}/`, { headers });
    const moved = await request.post(`/api/achievements/${id}/submit/`, {
      headers: { ...headers, "If-Match": item.headers().etag ?? "" },
      data: {},
    });
    expect(moved.ok(), await moved.text()).toBe(true);
    ids.push(id);
  }
  return ids;
}
