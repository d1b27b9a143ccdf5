// @vitest-environment node
// Node's own File survives the structured clone of a database; the simulated page's does not.
import "fake-indexeddb/auto";

import { beforeEach, expect, it, vi } from "vitest";

import { offlineProblem, RequestError } from "~/api/problem";
import type { Achievement, AchievementContent } from "~/api/schema";
import { contentOf } from "~/features/achievements/content";
import { newWorld } from "~/fake/world";
import { deliver, deliverContent, type Hub } from "~/outbox/deliver";
import * as store from "~/outbox/store";

const ID = "0198c0de-0000-7000-8000-0000000000aa";
const OWNER = "p-asha";
const born = { id: ID, owner: OWNER, base: null };
const sample = [...newWorld().achievements.values()][1] as Achievement;

/** A hub in memory. `lose`: the next answer of this kind is lost on the way back, after the hub did it. */
function fakeHub() {
  let item: Achievement | null = null;
  const lost = new Set<keyof Hub>();
  const calls: string[] = [];
  const keys: string[] = [];
  const answer = <T>(kind: keyof Hub, value: T): T => {
    calls.push(kind);
    if (lost.delete(kind)) throw offlineProblem();
    return value;
  };
  const moved = (change: Partial<Achievement>) => {
    item = { ...(item as Achievement), ...change, etag: `"${Number(item?.etag.replaceAll('"', "")) + 1}"` };
    return item;
  };
  const hub: Hub = {
    read: async () => {
      if (!item) throw refusal(404, "not_found");
      return answer("read", item);
    },
    create: async (id, { category, ...content }: AchievementContent) => {
      item ??= {
        ...sample,
        ...content,
        id,
        etag: '"1"',
        status: "draft",
        evidence: [],
        category: { code: category, name: category, icon: "" },
      } as Achievement;
      return answer("create", item);
    },
    patch: async (_id, etag, { category, ...change }) => {
      if (etag !== item?.etag) throw refusal(412, "stale_version");
      return answer(
        "patch",
        moved({
          ...(change as Partial<Achievement>),
          ...(category ? { category: { code: category, name: category, icon: "" } } : {}),
        }),
      );
    },
    submit: async (_id, etag, key) => {
      keys.push(key);
      if (etag !== item?.etag) throw refusal(412, "stale_version");
      return answer("submit", moved({ status: "submitted" }));
    },
    upload: async (file) => {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.bytes.arrayBuffer()));
      const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      const piece = {
        ...(sample.evidence[0] ?? {}),
        name: file.name,
        sha256,
      } as Achievement["evidence"][number];
      moved({ evidence: [...(item?.evidence ?? []), piece] });
      answer("upload", undefined);
    },
  };
  return { hub, calls, keys, lose: (kind: keyof Hub) => lost.add(kind), item: () => item as Achievement };
}

function refusal(status: number, code: string): RequestError {
  return new RequestError({ type: "about:blank", title: code, status, code, trace_id: "" });
}

const photo = (text: string) => new File([text], `${text}.jpg`, { type: "image/jpeg" });

beforeEach(() => store.clearShelves());

it("sends words, then files, then the submission, and leaves nothing behind", async () => {
  const { hub, calls, item } = fakeHub();
  await store.holdChange(born, { category: "sports" });
  await store.holdChange(born, { title: "Relay" });
  await store.holdFiles(ID, OWNER, [photo("one"), photo("two")]);
  await store.holdSubmission(born, "key-1");
  expect(await deliver(ID, hub)).toBe(true);
  expect(calls).toEqual(["create", "upload", "upload", "read", "submit"]);
  expect(item()).toMatchObject({ title: "Relay", status: "submitted" });
  expect(await store.unsentOf(OWNER)).toEqual([]);
});

it("keeps everything while there is no connection, and sends it later", async () => {
  const { hub, item } = fakeHub();
  const offline: Hub = { ...hub, create: () => Promise.reject(offlineProblem()) };
  await store.holdChange(born, { category: "sports", title: "Relay" });
  await store.holdFiles(ID, OWNER, [photo("one")]);
  expect(await deliverContent(ID, offline)).toBeNull();
  expect(await deliver(ID, offline)).toBe(false);
  expect((await store.parcelOf(ID))?.problem).toBeNull();
  expect(await deliver(ID, hub)).toBe(true);
  expect(item().evidence).toHaveLength(1);
});

it("makes nothing twice when each answer is lost once", async () => {
  const { hub, calls, keys, lose, item } = fakeHub();
  await store.holdChange(born, { category: "sports", title: "Relay" });
  lose("create");
  expect(await deliver(ID, hub)).toBe(false);
  // More was typed before the second try: the hub has the first words under this id already.
  await store.holdChange(born, { title: "Relay, 4 × 100 m" });
  await store.holdFiles(ID, OWNER, [photo("one")]);
  await store.holdSubmission(born, "key-1");
  lose("upload");
  expect(await deliver(ID, hub)).toBe(false);
  lose("submit");
  expect(await deliver(ID, hub)).toBe(false);
  expect(await deliver(ID, hub)).toBe(true);
  expect(item()).toMatchObject({ title: "Relay, 4 × 100 m", status: "submitted" });
  expect(item().evidence).toHaveLength(1);
  expect(calls.filter((kind) => kind === "upload")).toHaveLength(1);
  expect(calls.filter((kind) => kind === "submit")).toHaveLength(1);
  expect(new Set(keys)).toEqual(new Set(["key-1"]));
});

it("does not lay words over what another device wrote in the same field", async () => {
  const { hub, item } = fakeHub();
  await store.holdChange(born, { category: "sports", title: "Relay" });
  const first = (await deliverContent(ID, hub)) as Achievement;
  await hub.patch(ID, first.etag, { title: "Written elsewhere" });
  await store.holdChange({ ...born, base: first }, { title: "Written here" });
  await expect(deliverContent(ID, hub)).rejects.toMatchObject({ code: "stale_version" });
  expect(item().title).toBe("Written elsewhere");
  expect(await store.parcelOf(ID)).toMatchObject({
    change: { title: "Written here" },
    problem: { code: "stale_version" },
  });
});

it("keeps what the hub refuses with its reason, and goes on with the next file", async () => {
  const { hub, item } = fakeHub();
  const picky: Hub = {
    ...hub,
    upload: (file) =>
      file.name === "one.jpg" ? Promise.reject(refusal(415, "unsupported_type")) : hub.upload(file),
  };
  await store.holdChange(born, { category: "sports" });
  await store.holdFiles(ID, OWNER, [photo("one"), photo("two")]);
  await deliver(ID, picky);
  expect(item().evidence.map(({ name }) => name)).toEqual(["two.jpg"]);
  expect(await store.filesOf(ID)).toMatchObject([{ name: "one.jpg", problem: { code: "unsupported_type" } }]);
});

it("waits with the files of a draft whose kind nobody has chosen", async () => {
  const { hub, calls } = fakeHub();
  await store.holdChange(born, {});
  await store.holdFiles(ID, OWNER, [photo("one")]);
  expect(await deliver(ID, hub)).toBe(false);
  expect(calls).toEqual([]);
  await store.holdChange(born, { category: "sports" });
  expect(await deliver(ID, hub)).toBe(true);
});

it("sends what was typed while a request was on its way", async () => {
  const { hub, item } = fakeHub();
  const slow: Hub = {
    ...hub,
    create: vi.fn(async (id, content) => {
      await store.holdChange(born, { organiser: "IIT Madras" });
      return hub.create(id, content);
    }),
  };
  await store.holdChange(born, { category: "sports", title: "Relay" });
  await deliverContent(ID, slow);
  expect(contentOf(item())).toMatchObject({ title: "Relay", organiser: "IIT Madras" });
});

it("hands in what another try has handed in already without doing it again", async () => {
  const { hub, calls, item } = fakeHub();
  await store.holdChange(born, { category: "sports" });
  await store.holdSubmission(born, "key-1");
  await deliver(ID, hub);
  await store.holdSubmission({ ...born, base: item() }, "key-2");
  expect(await deliver(ID, hub)).toBe(true);
  expect(calls.filter((kind) => kind === "submit")).toHaveLength(1);
});

it("never lists one member's things for another", async () => {
  await store.holdChange(born, { category: "sports" });
  await store.holdFiles("another", "p-other", [photo("one")]);
  expect(await store.unsentOf(OWNER)).toEqual([ID]);
  expect(await store.unsentOf("p-other")).toEqual(["another"]);
});
