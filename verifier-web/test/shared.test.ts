// The documents that the hub's own tests share: this page comes to the same verdicts.

import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { checkDocument } from "../src/check/document";
import type { Json, JsonObject } from "../src/check/json";
import { ofChecks } from "../src/check/merge";
import { checkPdf, type FileKey } from "../src/check/pdf-signature";
import { recordHash } from "../src/check/proof";
import { bench, clone, serve, vectors, type World, world } from "./world";

const DID = "did:web:hub.example:colleges:anna";
const NOW = new Date("2026-01-06T10:00:00Z");
const shared = vectors("documents");
const byName = (name: string) => shared.find((vector) => vector.name === `${name}.json`) as JsonObject;
const document = (name: string) => byName(name).document as JsonObject;
let hub: World;

beforeEach(async () => {
  hub = await world();
  const { name: _, ...did } = byName("did");
  const methods = did.verificationMethod as JsonObject[];
  const keys = methods.map((method) => ({ kid: method.id, purpose: "credentials", state: "active" }));
  serve(hub, "/colleges/anna/did.json", did);
  serve(hub, "/colleges/anna/keys.json", { id: DID, keys });
  // There is one list among the vectors, that of achievements.
  serve(hub, "/colleges/anna/status/achievements-1", document("good-status-list"));
});

const verdictOf = async (value: Json) => ofChecks((await checkDocument(value, bench(hub, NOW))).checks);

test.each([
  ["good-achievement", "valid"],
  ["good-portfolio", "incomplete"],
])("%s has the hub's record hash, and nothing is wrong with it", async (name, verdict) => {
  const report = await checkDocument(document(name), bench(hub, NOW));
  expect(ofChecks(report.checks)).toBe(verdict);
  const odd = report.checks.filter((one) => !["pass", "not_applicable"].includes(one.state));
  expect(odd.map((one) => one.code)).toEqual(verdict === "valid" ? [] : ["list_unreachable"]);
  expect(await recordHash(document(name))).toBe(byName(name).record_hash);
});

const bad = shared.filter((vector) => vector.name?.toString().startsWith("bad-"));
test.each(bad.map((vector) => [vector.name as string, vector.document as JsonObject]))(
  "%s is not valid",
  async (_, value) => {
    expect(await verdictOf(value)).toBe("not_valid");
  },
);

interface Forgery {
  place: string;
  way: string;
  verdict: string;
  value?: Json;
}

describe.each(["achievement", "portfolio"])("every change of every place of a good %s", (kind) => {
  const file = new URL(`../../tests/vectors/forged/${kind}.json`, import.meta.url);
  const { base, forgeries } = JSON.parse(readFileSync(file, "utf8")) as { base: string; forgeries: Forgery[] };

  test("is found here, unless it is in the proof that only the hub reads", async () => {
    expect(forgeries.length).toBeGreaterThan(300);
    const passed: string[] = [];
    for (const forgery of forgeries) {
      const verdict = await verdictOf(apply(document(base), forgery));
      if (verdict !== forgery.verdict && verdict !== "not_valid") passed.push(`${forgery.place} ${forgery.way}`);
    }
    // The rdfc proof (the first of the two) needs a JSON-LD reader: the browser sees only that it is there. And a proof set
    // has no order: that it was turned around only the record hash tells.
    const beyond = /\/proof\/0(\/| )|\/proof reversed$/;
    expect(passed.filter((one) => !beyond.test(one))).toEqual([]);
    expect(passed.length).toBeLessThan(30);
  });
});

describe("the signed PDF among the vectors", () => {
  const signed = () => new Uint8Array(readFileSync(new URL("../../tests/vectors/pdf/signed.pdf", import.meta.url)));
  const word = async (bytes: Uint8Array<ArrayBuffer>, known: Parameters<typeof checkPdf>[1] = async () => active) => {
    const { state, code } = await checkPdf(bytes, known);
    return `${state} ${code}`;
  };
  const active: FileKey = { state: "active", since: null, keptAt: null };

  test("is covered whole, by the key of its certificate", async () => {
    const asked: string[] = [];
    expect(
      await word(signed(), async (fingerprint) => {
        asked.push(fingerprint);
        return active;
      }),
    ).toBe("pass covers_all");
    expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  test("is as good as its key, and no better where the key could not be asked for", async () => {
    expect(await word(signed(), async () => null)).toBe("fail pdf_signer_unknown");
    expect(await word(signed(), async () => "unknown")).toBe("unknown pdf_key_not_known");
    expect(await word(signed(), async () => ({ ...active, state: "compromised" }))).toBe("fail pdf_key_compromised");
    expect(await word(signed(), async () => ({ ...active, state: "frozen" }))).toBe("warn key_frozen");
    expect(await word(signed(), async () => ({ ...active, keptAt: "2026-01-01T00:00:00Z" }))).toBe(
      "unknown pdf_key_not_fresh",
    );
  });

  test("fails when any byte outside the value of its signature is changed", async () => {
    const whole = signed();
    const text = new TextDecoder("latin1").decode(whole);
    const gap = text.indexOf("/Contents<");
    const value = text.indexOf(">", gap);
    for (let at = 0; at < whole.length; at += at > gap - 200 && at < gap + 20 ? 1 : 397) {
      if (at > gap + 9 && at <= value) continue;
      const changed = signed();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await word(changed), `byte ${at}`).toMatch(/^fail /);
    }
  });

  test("fails when anything follows it, or its end is missing", async () => {
    const more = (tail: string) => new Uint8Array([...signed(), ...new TextEncoder().encode(tail)]);
    expect(await word(more("\n"))).toBe("fail pdf_changed_after_signing");
    expect(await word(more("\n99 0 obj\n<</Type/Page>>\nendobj\n"))).toBe("fail pdf_changed_after_signing");
    expect(await word(signed().slice(0, -3))).toBe("fail pdf_cut_short");
    // Of the shape that long-term validation data has: neither red nor green here, the hub looks into it.
    expect(await word(more("\n99 0 obj\n<</Type/DSS>>\nendobj\n"))).toBe("unknown pdf_later_revision");
  });

  test("fails with another value in the place of its signature", async () => {
    const whole = signed();
    const text = new TextDecoder("latin1").decode(whole);
    const start = text.indexOf("/Contents<") + 10;
    const der = text.slice(start, text.indexOf(">", start));
    // The last bytes that are not padding are the signature itself.
    const end = start + der.replace(/0+$/, "").length;
    whole[end - 2] = whole[end - 2] === 0x31 ? 0x32 : 0x31;
    expect(await word(whole)).toMatch(/^(fail pdf_signature_wrong|unknown pdf_not_judged)$/);
  });
});

function apply(base: JsonObject, { place, way, value }: Forgery): Json {
  const copy = clone(base);
  const steps = place
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() ?? "";
  const parent = steps.reduce<Json>((at, step) => (at as JsonObject)[step] as Json, copy) as JsonObject;
  if (way !== "removed") parent[last] = value as Json;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
