import { beforeEach, describe, expect, test } from "vitest";
import {
  achievement,
  didDocument,
  keyHistory,
  portfolio,
  type Signer,
  sign,
  signer,
  statusList,
} from "../dev/documents";
import { checkInput, type Desk } from "../src/check";
import type { JsonObject } from "../src/check/json";
import { findLookalike, skeleton } from "../src/check/lookalike";
import { keepColleges, keptColleges, type PinnedCollege, readColleges } from "../src/check/pins";
import { isWorthKeeping, memoryShelf } from "../src/check/shelf";
import { check, type HubReport, type LocalReport } from "../src/report";
import { desk, HOST, NOW, of, serve, type World, world } from "./world";

const ID = "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
let hub: World;
let college: Signer;

beforeEach(async () => {
  hub = await world();
  college = hub.college;
});

const item = (by = college, id = ID) => achievement(by, { id, title: "Hackathon", index: 10 });
const said = (document: JsonObject, more: Partial<HubReport> = {}): HubReport => ({
  verdict: "valid",
  kind: "achievement",
  id: String(document.id),
  checks: (["format", "signature", "issuer", "validity", "status", "record"] as const).map((id) =>
    check(id, "pass", "ok"),
  ),
  issuer: { did: college.did, domain: HOST, name: "Anna University", slug: "anna-univ", logo_url: null },
  subject: null,
  content: null,
  nested: [],
  as_of: NOW.toISOString(),
  document,
  ...more,
});

async function handIn(document: JsonObject, more: Partial<Desk> = {}) {
  if (!hub.pages.has("/api/verify/")) serve(hub, "/api/verify/", said(document));
  return checkInput({ kind: "json", name: null, source: JSON.stringify(document) }, desk(hub, more));
}
const word = (local: LocalReport, id: "signature" | "key") => `${of(local, id).state} ${of(local, id).code}`;
const state = (state: string) => {
  serve(hub, "/colleges/anna-univ/keys.json", keyHistory({ ...college, state }));
};
const list = (by = college, more = {}): PinnedCollege[] =>
  readColleges(
    JSON.stringify({
      type: "CollegeList",
      source: "https://hub.example",
      as_of: "2026-01-10T00:00:00Z",
      colleges: [{ did: by.did, name: "Anna University", keys: keyHistory({ ...by, ...more }).keys }],
    }),
    "colleges.json",
    NOW,
  );

describe("the state of a key, from the college's history", () => {
  test.each([
    ["active", "pass ok", "valid"],
    ["retired", "pass ok", "valid"],
    ["frozen", "warn key_frozen", "valid_with_remark"],
    ["compromised", "fail key_compromised", "not_valid"],
    ["pending", "fail key_not_in_use", "not_valid"],
    ["resting", "unknown key_state_unknown", "incomplete"],
  ])("%s: %s", async (name, expected, verdict) => {
    state(name);
    const outcome = await handIn(await sign(item(), college));
    expect(word(outcome.local, "signature")).toBe(expected);
    expect(outcome.verdict).toBe(verdict);
  });

  test("is not passed where the history does not come", async () => {
    hub.pages.delete("/colleges/anna-univ/keys.json");
    const { local, verdict } = await handIn(await sign(item(), college));
    expect(`${word(local, "signature")} ${verdict}`).toBe("unknown key_state_unknown incomplete");
  });

  test("of a changed document is beside the point", async () => {
    state("compromised");
    const { local } = await handIn({ ...(await sign(item(), college)), name: "Another" });
    expect(word(local, "signature")).toBe("fail bad_signature");
  });
});

describe("a document on record before its key fell", () => {
  // The lists are signed anew with the key that took its place.
  beforeEach(async () => {
    const next = await signer(HOST, "anna-univ", 9, "key-2026-02-bbbbbb");
    const did = didDocument(college, next);
    serve(hub, "/colleges/anna-univ/did.json", { ...did, assertionMethod: [next.keyId] });
    serve(hub, "/colleges/anna-univ/keys.json", keyHistory({ ...college, state: "compromised" }, next));
    for (const kind of ["achievements-1", "portfolios-1"]) {
      serve(hub, `/colleges/anna-univ/status/${kind}`, await sign(statusList(next, kind, []), next));
    }
  });

  const recordedBefore = (document: JsonObject, nested: HubReport[] = []) => {
    const report = said(document, { verdict: "valid_with_remark", nested });
    report.checks = report.checks.map((one) =>
      one.id === "signature" ? check("signature", "warn", "recorded_before_compromise") : one,
    );
    return report;
  };

  test("is amber where the hub says so, in the hub's name, and red where it does not", async () => {
    const document = await sign(item(), college);
    serve(hub, "/api/verify/", recordedBefore(document));
    const outcome = await handIn(document);
    expect(outcome.verdict).toBe("valid_with_remark");
    expect(word(outcome.local, "signature")).toBe("warn recorded_before_compromise");
    serve(hub, "/api/verify/", said(document));
    expect((await handIn(document)).verdict).toBe("not_valid");
  });

  test("inside a portfolio does not sink it, and another one beside it does", async () => {
    const [one, two] = [await sign(item(), college), await sign(item(college, ID.replace("6f", "7f")), college)];
    const whole = await sign(portfolio(college, ID, 2, [one, two]), college);
    serve(hub, "/api/verify/", recordedBefore(whole, [recordedBefore(one), recordedBefore(two)]));
    expect((await handIn(whole)).verdict).toBe("valid_with_remark");
    serve(hub, "/api/verify/", recordedBefore(whole, [recordedBefore(one), said(two)]));
    expect((await handIn(whole)).verdict).toBe("not_valid");
  });

  test("is not excused for what else is wrong with it", async () => {
    const changed = { ...(await sign(item(), college)), name: "Another" };
    serve(hub, "/api/verify/", recordedBefore(changed));
    expect((await handIn(changed)).verdict).toBe("not_valid");
  });
});

describe("where a key came from", () => {
  test("from the hub alone is neither a pass nor a fault", async () => {
    const { local, verdict } = await handIn(await sign(item(), college));
    expect(`${word(local, "key")} ${verdict}`).toBe("not_applicable from_hub valid");
  });

  test("the college's own domain vouches for it where this page stands there", async () => {
    const { local } = await handIn(await sign(item(), college), { ownDomain: true });
    expect(word(local, "key")).toBe("pass own_domain");
  });

  test("a list that somebody keeps vouches for it, with its age", async () => {
    const { local, verdict } = await handIn(await sign(item(), college), { pins: list() });
    expect(`${word(local, "key")} ${verdict}`).toBe("pass pinned valid");
    expect(of(local, "key")).toMatchObject({ link: "https://hub.example", as_of: "2026-01-10T00:00:00Z" });
  });

  test("a hub that shows another key than the list is not green", async () => {
    const other = await signer(HOST, "anna-univ", 9, "key-2026-01-aaaaaa");
    const { local, verdict } = await handIn(await sign(item(), college), { pins: list(other) });
    expect(`${word(local, "key")} ${verdict}`).toBe("warn not_in_list valid_with_remark");
  });

  test("a key that the list calls compromised vouches for nothing", async () => {
    const { local } = await handIn(await sign(item(), college), { pins: list(college, { state: "compromised" }) });
    expect(word(local, "key")).toBe("warn not_in_list");
  });
});

describe("a college of another hub", () => {
  test("is checked with the list that somebody keeps, and stays amber", async () => {
    const far = await signer("hub.other.example", "other");
    serve(
      hub,
      "/api/verify/",
      said(item(far), {
        verdict: "incomplete",
        issuer: null,
        checks: [check("issuer", "unknown", "unknown_issuer")],
        document: null,
      }),
    );
    const document = await sign(item(far), far);
    const outcome = await handIn(document, { pins: list(far) });
    expect(`${outcome.verdict} ${outcome.headline}`).toBe("incomplete kept");
    expect(word(outcome.local, "key")).toBe("pass from_list");
    expect(outcome.kept).toMatchObject({ name: "Anna University" });
    expect(hub.asked.filter((path) => path.includes("/colleges/"))).toEqual([]);
    const changed = await handIn({ ...document, name: "Another" }, { pins: list(far) });
    expect(changed.verdict).toBe("not_valid");
  });
});

describe("without a network", () => {
  test("what was kept is used, with its age, and nothing is green", async () => {
    const document = await sign(item(), college);
    const { pages } = hub;
    for (const [path, answer] of pages) if (answer.ok) pages.set(path, { ...answer, keptAt: "2026-01-30T10:00:00Z" });
    pages.set("/api/verify/", { ok: false, status: null });
    const outcome = await handIn(document);
    expect(`${outcome.verdict} ${outcome.headline}`).toBe("incomplete offline");
    expect(of(outcome.local, "signature")).toMatchObject({ code: "key_not_fresh", as_of: "2026-01-30T10:00:00Z" });
    expect(of(outcome.local, "status")).toMatchObject({
      state: "unknown",
      code: "list_kept",
      as_of: "2026-01-10T06:00:00Z",
    });
    expect(outcome.at).toBe("2026-01-10T06:00:00Z");
  });

  test("a revocation that was seen once stays a revocation", async () => {
    const { pages } = hub;
    for (const [path, answer] of pages) if (answer.ok) pages.set(path, { ...answer, keptAt: "2026-01-30T10:00:00Z" });
    pages.set("/api/verify/", { ok: false, status: null });
    const revoked = await sign(achievement(college, { id: ID, title: "Quiz", index: 303 }), college);
    expect((await handIn(revoked)).verdict).toBe("not_valid");
  });

  test("with nothing but the list of colleges the signature is still found out", async () => {
    for (const path of hub.pages.keys()) hub.pages.set(path, { ok: false, status: null });
    hub.pages.set("/api/verify/", { ok: false, status: null });
    const document = await sign(item(), college);
    expect((await handIn(document, { pins: list() })).headline).toBe("offline");
    expect((await handIn({ ...document, name: "Another" }, { pins: list() })).headline).toBe("changed");
  });

  test("only keys and lists are kept, never a document of a person", () => {
    for (const path of [
      "/colleges/a/did.json",
      "/colleges/a/keys.json",
      "/colleges/a/status/portfolios-1",
      "/.well-known/did.json",
      "/v/colleges.json",
    ]) {
      expect(isWorthKeeping(path), path).toBe(true);
    }
    for (const path of [
      `/colleges/a/credentials/${ID}`,
      `/colleges/a/portfolios/${ID}`,
      "/api/verify/",
      "/colleges/a/did.json/x",
    ]) {
      expect(isWorthKeeping(path), path).toBe(false);
    }
  });
});

describe("the colleges somebody keeps", () => {
  test("come from a hub's list or one DID document, and nothing else", () => {
    expect(list()).toMatchObject([{ did: college.did, name: "Anna University", source: "https://hub.example" }]);
    const [alone] = readColleges(JSON.stringify(didDocument(college)), "did.json", NOW);
    expect(alone).toMatchObject({ did: college.did, name: null, source: "did.json", asOf: NOW.toISOString() });
    for (const bad of [
      "{}",
      "[]",
      "no",
      '{"type":"CollegeList"}',
      '{"type":"CollegeList","as_of":"2026-01-01T00:00:00Z","colleges":[{}]}',
    ]) {
      expect(() => readColleges(bad, "x", NOW), bad).toThrow();
    }
  });

  test("a newer word on one takes the place of an older, never the other way", async () => {
    const shelf = memoryShelf();
    await keepColleges(list(), shelf, NOW);
    const older = list().map((one) => ({ ...one, asOf: "2025-01-01T00:00:00Z", keys: [] }));
    await keepColleges(older, shelf, NOW);
    expect((await keptColleges(shelf))[0]?.keys).toHaveLength(1);
    const newer = list().map((one) => ({ ...one, asOf: "2026-01-20T00:00:00Z" }));
    await keepColleges(newer, shelf, NOW);
    expect((await keptColleges(shelf))[0]?.asOf).toBe("2026-01-20T00:00:00Z");
  });
});

describe("names that are made to be taken for others", () => {
  const known = [{ did: "did:web:hub.example.edu:colleges:anna-univ", name: "Anna University" }];
  const like = (did: string, name: string | null = null) => findLookalike(did, name, known, "hub.example.edu");

  test.each([
    ["a digit for a letter", "did:web:hub.examp1e.edu:colleges:x"],
    ["a Cyrillic letter", "did:web:hub.exаmple.edu:colleges:x"],
    ["two letters exchanged", "did:web:hub.exmaple.edu:colleges:x"],
    ["one letter more", "did:web:hub.examples.edu:colleges:x"],
    ["rn for m", "did:web:hub.exarnple.edu:colleges:x"],
  ])("%s in the domain", (_, did) => expect(like(did)).toMatchObject({ known: "hub.example.edu" }));

  test("a slug, a name, letters of another alphabet", () => {
    expect(like("did:web:hub.example.edu:colleges:anna-un1v")).toMatchObject({ known: "Anna University" });
    expect(like("did:web:far.example:colleges:x", "Аnnа  University")).toMatchObject({ known: "Anna University" });
    expect(like("did:web:xn--exmple-cua.org:colleges:x")).toEqual({ claimed: "xn--exmple-cua.org", known: null });
  });

  test("what is known, and what is merely different, are not warned of", () => {
    expect(like("did:web:hub.example.edu:colleges:anna-univ", "Anna University")).toBeNull();
    expect(like("did:web:college.ac.in:colleges:ponni", "Ponni College")).toBeNull();
    expect(skeleton("College of Arts")).not.toBe(skeleton("College of Crafts"));
  });

  test("the outcome of a check says so", async () => {
    serve(hub, "/v/colleges.json", {
      type: "CollegeList",
      source: "https://hub.example",
      as_of: "2026-01-10T00:00:00Z",
      colleges: [{ did: college.did, name: "Anna University", keys: keyHistory(college).keys }],
    });
    const thief = await signer("hub.examp1e", "anna-univ", 5);
    serve(
      hub,
      "/api/verify/",
      said(item(thief), {
        verdict: "incomplete",
        issuer: null,
        checks: [check("issuer", "unknown", "unknown_issuer")],
      }),
    );
    const outcome = await handIn(await sign(item(thief), thief));
    expect(outcome.lookalike).toEqual({ claimed: "hub.examp1e", known: "hub.example" });
    expect(outcome.verdict).not.toBe("valid");
  });
});
