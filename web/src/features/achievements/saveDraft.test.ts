import { describe, expect, it, vi } from "vitest";

import { RequestError } from "~/api/problem";
import type { Achievement } from "~/api/schema";
import { changeOf, detailsOf } from "~/features/achievements/detailsSchema";
import { saveDraft } from "~/features/achievements/saveDraft";
import { newWorld } from "~/fake/world";
import { UNTITLED } from "~/ui/words";

const stale = new RequestError({
  type: "about:blank",
  title: "Stale",
  status: 412,
  code: "stale_version",
  trace_id: "",
});
const base = {
  ...[...newWorld().achievements.values()][0],
  etag: '"1"',
  title: "Before",
  organiser: "NPTEL",
} as Achievement;

/** A hub whose item has moved on from `base` to `current`. */
function hubWith(current: Achievement) {
  return {
    read: vi.fn(async () => current),
    patch: vi.fn(async (_id: string, etag: string, change: object) => {
      if (etag !== current.etag) throw stale;
      return { ...current, ...change, etag: '"3"' } as Achievement;
    }),
  };
}

describe("saving a draft", () => {
  it("lays the change over a newer version when only an upload has moved it", async () => {
    const hub = hubWith({ ...base, etag: '"2"', evidence_count: 5 });
    await expect(saveDraft(base, { title: "After" }, hub)).resolves.toMatchObject({
      title: "After",
      evidence_count: 5,
    });
    expect(hub.patch.mock.calls.map(([, etag]) => etag)).toEqual(['"1"', '"2"']);
  });

  it("refuses to overwrite the same field changed elsewhere", async () => {
    const hub = hubWith({ ...base, etag: '"2"', title: "Theirs" });
    await expect(saveDraft(base, { title: "Mine" }, hub)).rejects.toBe(stale);
    expect(hub.patch).toHaveBeenCalledOnce();
  });

  it("keeps another field's change made elsewhere", async () => {
    const hub = hubWith({ ...base, etag: '"2"', organiser: "IIT Madras" });
    await expect(saveDraft(base, { title: "Mine" }, hub)).resolves.toMatchObject({
      title: "Mine",
      organiser: "IIT Madras",
    });
  });
});

describe("what is sent for a form", () => {
  it("is nothing when nothing was typed", () => {
    expect(changeOf(base, detailsOf(base))).toEqual({});
  });

  it("leaves out a field that does not hold yet and saves the others", () => {
    expect(changeOf(base, { ...detailsOf(base), title: "ab", organiser: " IIT Madras " })).toEqual({
      organiser: "IIT Madras",
    });
  });

  it("sends an emptied optional field as null", () => {
    expect(
      changeOf({ ...base, hours: 3, level: "state" }, { ...detailsOf(base), hours: "", level: "" }),
    ).toMatchObject({ hours: null, level: null });
  });

  it("blames the end when it comes before the start, and keeps the start", () => {
    const typed = { ...detailsOf(base), started_on: "2026-05-02", ended_on: "2026-05-01" };
    expect(changeOf(base, typed)).toEqual({ started_on: "2026-05-02" });
  });

  it("shows an unnamed draft with an empty title", () => {
    expect(detailsOf({ ...base, title: UNTITLED }).title).toBe("");
  });
});
