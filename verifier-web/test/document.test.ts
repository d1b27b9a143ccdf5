import { beforeEach, describe, expect, test } from "vitest";
import { achievement, didDocument, portfolio, type Signer, sign, signer, statusList } from "../dev/documents";
import { checkDocument, checkSource } from "../src/check/document";
import type { JsonObject } from "../src/check/json";
import { bench, clone, HOST, NOW, of, serve, serveList, type World, word, world } from "./world";

const ID = "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
let hub: World;
let college: Signer;

beforeEach(async () => {
  hub = await world();
  college = hub.college;
});

const one = (index = 10, more = {}) =>
  sign(
    achievement(college, {
      id: `0d2b5c6a-3c1e-4f7b-8a9d-0000000000${(index % 90) + 10}`,
      title: "Hackathon",
      index,
      ...more,
    }),
    college,
  );
const whole = async (...items: JsonObject[]) => sign(portfolio(college, ID, 2, items), college);
const states = async (document: JsonObject) =>
  Object.fromEntries((await checkDocument(document, bench(hub))).checks.map((check) => [check.id, check.state]));

describe("a genuine document", () => {
  test("an achievement passes every check of this browser", async () => {
    expect(await states(await one())).toEqual({
      format: "pass",
      signature: "pass",
      key: "not_applicable",
      issuer: "pass",
      validity: "pass",
      status: "pass",
    });
  });

  test("a portfolio passes, and so does everything inside it", async () => {
    const report = await checkDocument(await whole(await one(10), await one(11)), bench(hub));
    expect(report.checks.map((check) => check.state)).toEqual([
      "pass",
      "pass",
      "not_applicable",
      "pass",
      "pass",
      "pass",
      "pass",
    ]);
    const inside = report.nested.flatMap((inner) => inner.checks).filter((check) => check.id !== "key");
    expect(inside.map((check) => check.state)).toEqual(new Array(10).fill("pass"));
    expect(report.keyFingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("what is shown is read from the signed document", async () => {
    const { content, subject } = await checkDocument(await one(), bench(hub));
    expect(subject?.name).toBe("Kavya Subramanian");
    expect(content).toMatchObject({ level: "national", outcome: "winner", results: [{ name: "Hours", value: "36" }] });
    expect(content?.approval).toContain("Computer Science");
    expect(content?.evidence).toHaveLength(1);
  });

  test("only this hub is asked, and each key and list once", async () => {
    await checkDocument(await whole(await one(10), await one(11)), bench(hub));
    expect(hub.asked.sort()).toEqual([
      "/colleges/anna-univ/did.json",
      "/colleges/anna-univ/keys.json",
      "/colleges/anna-univ/status/achievements-1",
      "/colleges/anna-univ/status/portfolios-1",
    ]);
  });
});

describe("a document changed after signing", () => {
  test("a changed word in an achievement breaks its signature", async () => {
    const document = clone(await one());
    (document.credentialSubject as JsonObject).role = "President";
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail bad_signature");
  });

  test("evidence that was reordered or doubled breaks it too", async () => {
    const document = clone(await one());
    (document.evidence as unknown[]).reverse();
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail bad_signature");
  });

  test("a forged item in a portfolio that was signed anew by a thief of nothing fails at both", async () => {
    const item = clone(await one());
    (item.credentialSubject as JsonObject).role = "President";
    const report = await checkDocument(await whole(item), bench(hub));
    expect(word(report, "signature")).toBe("pass ok");
    expect(word(report, "nested")).toBe("fail bad_inside");
  });

  test("roles swapped between two items of a portfolio break outer and inner signatures", async () => {
    const document = clone(await whole(await one(10, { role: "Leader" }), await one(11, { role: "Member" })));
    const [a, b] = (document.credentialSubject as { verifiableCredential: { credentialSubject: JsonObject }[] })
      .verifiableCredential;
    if (a && b) [a.credentialSubject.role, b.credentialSubject.role] = ["Member", "Leader"];
    const report = await checkDocument(document, bench(hub));
    expect(word(report, "signature")).toBe("fail bad_signature");
    expect(word(report, "nested")).toBe("fail bad_inside");
  });

  test("a stripped rdfc proof is noticed, though this browser does not check it", async () => {
    const document = clone(await one());
    document.proof = (document.proof as JsonObject[]).slice(1);
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail missing_proof");
  });

  test("a third proof beside the pair is refused, whatever it is", async () => {
    const document = clone(await one());
    document.proof = [
      ...(document.proof as JsonObject[]),
      { type: "DataIntegrityProof", cryptosuite: "ecdsa-rdfc-2019" },
    ];
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail missing_proof");
  });

  test("a context more than the profile's is refused, even if signed", async () => {
    const unsigned = achievement(college, { id: ID, title: "Hackathon", index: 10 });
    unsigned["@context"] = [...(unsigned["@context"] as string[]), "https://example.org/redefines"];
    expect(word(await checkDocument(await sign(unsigned, college), bench(hub)), "format")).toBe("fail contexts");
  });

  test("a key named twice is refused before anything is believed", async () => {
    const source = JSON.stringify(await one()).replace('"role":', '"role":"President","role":');
    expect(word(await checkSource(source, bench(hub)), "format")).toBe("fail duplicate_keys");
  });

  test("an item that lies inside twice, or none at all, makes no portfolio", async () => {
    const item = await one(10);
    expect(word(await checkDocument(await whole(item, item), bench(hub)), "nested")).toBe("fail nested_twice");
    expect(word(await checkDocument(await whole(), bench(hub)), "nested")).toBe("fail nested_missing");
  });

  test("somebody else's achievement in a portfolio is noticed", async () => {
    const document = await whole(await one(10, { subject: "urn:uuid:11111111-2222-4333-8444-555555555555" }));
    expect(word(await checkDocument(document, bench(hub)), "nested")).toBe("fail other_subject");
  });
});

describe("a signer who may not", () => {
  test("a key the college never published is unknown", async () => {
    const thief = await signer(HOST, "anna-univ", 9, "key-2026-01-ffffff");
    const document = await sign(achievement(thief, { id: ID, title: "Hackathon", index: 10 }), thief);
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail unknown_key");
  });

  test("a stolen key's name on another key's signature is a bad signature", async () => {
    const thief = { ...college, secret: new Uint8Array(32).fill(9) };
    const document = await sign(achievement(thief, { id: ID, title: "Hackathon", index: 10 }), thief);
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail bad_signature");
  });

  test("a key taken out of assertionMethod is compromised", async () => {
    serve(hub, "/colleges/anna-univ/did.json", { ...didDocument(college), assertionMethod: [] });
    expect(word(await checkDocument(await one(), bench(hub)), "signature")).toBe("fail key_compromised");
  });

  test("a college that does not exist here has no key", async () => {
    const other = await signer(HOST, "no-such-college");
    const document = await sign(achievement(other, { id: ID, title: "Hackathon", index: 10 }), other);
    expect(word(await checkDocument(document, bench(hub)), "signature")).toBe("fail unknown_issuer");
  });

  test("one college cannot issue at another's address", async () => {
    const document = achievement(college, { id: ID, title: "Hackathon", index: 10 });
    document.id = `https://${HOST}/colleges/other/credentials/${ID}`;
    expect(word(await checkDocument(await sign(document, college), bench(hub)), "issuer")).toBe("fail other_address");
  });

  test("an issuer on another host is neither believed nor condemned, and its host is never asked", async () => {
    const other = await signer("hub.other.example", "anna-univ");
    const report = await checkDocument(
      await sign(achievement(other, { id: ID, title: "X", index: 10 }), other),
      bench(hub),
    );
    expect(word(report, "signature")).toBe("unknown issuer_elsewhere");
    expect(word(report, "issuer")).toBe("unknown issuer_elsewhere");
    expect(word(report, "status")).toBe("unknown list_unreachable");
    expect(hub.asked).toEqual([]);
  });
});

describe("what cannot be known is not passed", () => {
  test("no network, no key: unknown", async () => {
    hub.pages.set("/colleges/anna-univ/did.json", { ok: false, status: null });
    expect(word(await checkDocument(await one(), bench(hub)), "signature")).toBe("unknown issuer_unreachable");
  });

  test("a key kept from an earlier visit does not make a pass", async () => {
    serve(hub, "/colleges/anna-univ/did.json", didDocument(college), "2026-01-30T10:00:00Z");
    expect(word(await checkDocument(await one(), bench(hub)), "signature")).toBe("unknown key_not_fresh");
  });

  test("a status list that cannot be fetched leaves revocation unknown", async () => {
    hub.pages.delete("/colleges/anna-univ/status/achievements-1");
    expect(word(await checkDocument(await one(), bench(hub)), "status")).toBe("unknown list_unreachable");
  });

  test("an expired list leaves it unknown too", async () => {
    await serveList(hub, "achievements-1", [], "2026-01-31T00:00:00Z");
    expect(word(await checkDocument(await one(), bench(hub)), "status")).toBe("unknown list_stale");
  });

  test("a list whose bits were changed after signing is refused", async () => {
    const genuine = await serveList(hub, "achievements-1", [10]);
    const emptied = clone(genuine);
    const other = await serveList(hub, "achievements-1", []);
    (emptied.credentialSubject as JsonObject).encodedList = (other.credentialSubject as JsonObject).encodedList ?? "";
    serve(hub, "/colleges/anna-univ/status/achievements-1", emptied);
    expect(word(await checkDocument(await one(), bench(hub)), "status")).toBe("fail list_invalid");
  });

  test("another list of the college in the place of the right one is refused", async () => {
    serve(hub, "/colleges/anna-univ/status/achievements-1", await serveList(hub, "achievements-2", []));
    expect(word(await checkDocument(await one(), bench(hub)), "status")).toBe("fail list_invalid");
  });

  test("a list that names another college as its issuer is refused, though signed with the right key", async () => {
    const list = { ...statusList(college, "achievements-1", []), issuer: `did:web:${HOST}:colleges:other` };
    serve(hub, "/colleges/anna-univ/status/achievements-1", await sign(list, college));
    expect(word(await checkDocument(await one(), bench(hub)), "status")).toBe("fail list_invalid");
  });

  test("an index past the end of the list is not a pass", async () => {
    expect(word(await checkDocument(await one(131_072), bench(hub)), "status")).toBe("unknown no_status_entry");
  });
});

describe("state and dates", () => {
  test("a set bit is a revocation", async () => {
    expect(word(await checkDocument(await one(303), bench(hub)), "status")).toBe("fail revoked");
  });

  test("a portfolio with a revoked item fails as out of date, not as forged", async () => {
    expect(word(await checkDocument(await whole(await one(10), await one(303)), bench(hub)), "nested")).toBe(
      "fail revoked_inside",
    );
  });

  test("the neighbours of a revoked index are not revoked", async () => {
    expect(of(await checkDocument(await one(302), bench(hub)), "status").state).toBe("pass");
    expect(of(await checkDocument(await one(304), bench(hub)), "status").state).toBe("pass");
  });

  test("a document from tomorrow is not valid yet, one past its end is expired", async () => {
    const early = new Date(NOW.getTime() - 90 * 86_400_000);
    expect(word(await checkDocument(await one(), bench(hub, early)), "validity")).toBe("fail not_yet_valid");
    const ended = await sign(
      { ...achievement(college, { id: ID, title: "X", index: 10 }), validUntil: "2026-01-20T00:00:00Z" },
      college,
    );
    expect(word(await checkDocument(ended, bench(hub)), "validity")).toBe("fail expired");
  });
});

test("what is no credential is said to be none", async () => {
  for (const source of ["", "[]", "{}", '{"type":["VerifiableCredential"]}', "null", "{"]) {
    const report = await checkSource(source, bench(hub));
    expect(of(report, "format").state, source).toBe("fail");
    expect(report.kind).toBe("unknown");
  }
});
