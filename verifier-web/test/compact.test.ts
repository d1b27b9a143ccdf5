import { beforeEach, describe, expect, test } from "vitest";
import { achievement, multikey, portfolio, sign, signer } from "../dev/documents";
import { base32 as encode32, token } from "../dev/token";
import { base32 } from "../src/check/bytes";
import { decodeCbor } from "../src/check/cbor";
import { checkToken, readToken } from "../src/check/compact";
import type { JsonObject } from "../src/check/json";
import { recordHash } from "../src/check/proof";
import { bench, serve, serveList, vectors, type World, word, world } from "./world";

const ID = "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
const HASH = new Uint8Array(32).fill(3);
let hub: World;

beforeEach(async () => {
  hub = await world();
});

const code = async (facts = {}) =>
  encode32(await token(hub.college, { portfolio: ID, recordHash: HASH, index: 2, ...facts }));

interface CardVector {
  name: string;
  base32: string;
  valid: boolean;
  code: string;
  public_key: string;
  key_id: string;
  facts: JsonObject;
}

describe("the tokens that the hub's own tests share", () => {
  const DID = "did:web:hub.example:colleges:anna";
  const shared = vectors("compact") as unknown as CardVector[];
  const genuine = shared.filter((vector) => vector.valid);
  const bad = shared.filter((vector) => !vector.valid);

  beforeEach(() => {
    const key = Buffer.from(genuine[0]?.public_key ?? "", "hex");
    const id = `${DID}#key-2026-01-8d20e7`;
    serve(hub, "/colleges/anna/did.json", {
      id: DID,
      verificationMethod: [{ id, type: "Multikey", controller: DID, publicKeyMultibase: multikey(key) }],
      assertionMethod: [id],
    });
    serve(hub, "/colleges/anna/keys.json", { id: DID, keys: [{ kid: id, purpose: "credentials", state: "active" }] });
  });

  test("are there, good and bad", () => {
    expect(genuine.length).toBeGreaterThanOrEqual(13);
    expect(bad.length).toBeGreaterThanOrEqual(60);
  });

  test.each(genuine)("$name is read and verifies", async (vector) => {
    const { claims, kid } = readToken(vector.base32);
    const { facts } = vector;
    expect(Buffer.from(kid).toString("hex")).toBe(vector.key_id);
    expect(claims).toEqual({
      issuer: facts.issuer,
      issuedAt: new Date(Number(facts.issued_at) * 1000).toISOString(),
      portfolio: facts.portfolio_id,
      name: facts.name,
      secondName: facts.name_native,
      secondLanguage: facts.native_language,
      recordHash: facts.record_hash,
      programme: facts.programme,
      count: facts.count,
      college: facts.college,
      list: facts.status_list,
      index: facts.status_index,
    });
    const here = facts.issuer === DID ? "pass ok" : "unknown issuer_elsewhere";
    expect(word(await checkToken(vector.base32, bench(hub)), "signature")).toBe(here);
  });

  // The hub tells ways of not being a card apart; the page has one word for them all.
  test.each(bad)("$name is refused for the reason that the hub gives", async (vector) => {
    const report = await checkToken(vector.base32, bench(hub));
    const ours = ["bad_signature", "unknown_key"].includes(vector.code)
      ? `signature ${vector.code}`
      : "format bad_token";
    const failed = report.checks.filter((check) => check.state === "fail").map((check) => `${check.id} ${check.code}`);
    expect(failed[0]).toBe(ours);
  });
});

describe("a token", () => {
  test("of this hub passes, revocation included", async () => {
    const report = await checkToken(await code(), bench(hub));
    expect(report.checks.map((check) => `${check.id} ${check.state}`)).toEqual([
      "format pass",
      "signature pass",
      "key not_applicable",
      "issuer pass",
      "validity pass",
      "status pass",
    ]);
    expect(report.compact?.secondName).toBe("கவ்யா சுப்பிரமணியன்");
  });

  test("fails when any byte of it is changed", async () => {
    const bytes = base32(await code());
    for (let place = 0; place < bytes.length; place++) {
      const changed = bytes.slice();
      changed[place] = (changed[place] ?? 0) ^ 0x01;
      const report = await checkToken(encode32(changed), bench(hub));
      expect(
        report.checks.some((check) => check.state === "fail" || (check.id === "issuer" && check.state === "unknown")),
        `byte ${place}`,
      ).toBe(true);
      expect(report.checks.find((check) => check.id === "signature")?.state, `byte ${place}`).not.toBe("pass");
    }
  });

  test("of a revoked portfolio is revoked", async () => {
    expect(word(await checkToken(await code({ index: 1 }), bench(hub)), "status")).toBe("fail revoked");
  });

  test("with a claim this page does not know is refused", async () => {
    expect(word(await checkToken(await code({ extra: [[-65540, "x"]] }), bench(hub)), "format")).toBe("fail bad_token");
  });

  test("signed with a key the college does not have is not the college's", async () => {
    const thief = await signer("hub.example", "anna-univ", 9);
    const forged = encode32(await token(thief, { portfolio: ID, recordHash: HASH, index: 2 }));
    expect(word(await checkToken(forged, bench(hub)), "signature")).toBe("fail unknown_key");
  });

  test("of another hub could not be checked here", async () => {
    const other = await signer("other.example", "anna-univ");
    const report = await checkToken(
      encode32(await token(other, { portfolio: ID, recordHash: HASH, index: 2 })),
      bench(hub),
    );
    expect(word(report, "signature")).toBe("unknown issuer_elsewhere");
    expect(hub.asked).toEqual([]);
  });

  test("from the future is not valid yet", async () => {
    expect(word(await checkToken(await code({ iat: 1_900_000_000 }), bench(hub)), "validity")).toBe(
      "fail not_yet_valid",
    );
  });

  test("whose list is too old leaves revocation unknown", async () => {
    await serveList(hub, "portfolios-1", [], "2026-01-31T00:00:00Z");
    expect(word(await checkToken(await code(), bench(hub)), "status")).toBe("unknown list_stale");
  });
});

test("the record hash in a token is that of the portfolio", async () => {
  const item = await sign(achievement(hub.college, { id: ID, title: "X", index: 10 }), hub.college);
  const document = await sign(portfolio(hub.college, ID, 2, [item]), hub.college);
  const hash = await recordHash(document);
  expect(readToken(await code({ recordHash: Uint8Array.from(Buffer.from(hash, "hex")) })).claims.recordHash).toBe(hash);
});

describe("deterministic CBOR", () => {
  const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

  test.each([
    ["a number not in its shortest form", "1817"],
    ["a length not in its shortest form", "5801ff"],
    ["an indefinite length", "9f01ff"],
    ["map keys out of order", "a20401010a"],
    ["a key twice", "a201010102"],
    ["something after the end", "0101"],
    ["an end too early", "43ff"],
    ["a float", "f93c00"],
    ["text that is not UTF-8", "61ff"],
    ["a huge array", "9affffffff"],
    ["a nest too deep", "8181818181818181818101"],
  ])("%s is refused", (_, hex) => {
    expect(() => decodeCbor(bytes(hex))).toThrow();
  });

  test("what it must read, it reads", () => {
    expect(decodeCbor(bytes("a2010a3a0001000082016161"))).toEqual(
      new Map<number, unknown>([
        [1, 10],
        [-65537, [1, "a"]],
      ]),
    );
  });
});
