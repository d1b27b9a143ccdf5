import { describe, expect, test } from "vitest";
import { base58 } from "../src/check/bytes";
import type { JsonObject } from "../src/check/json";
import { recordHash, verifyJcsProof } from "../src/check/proof";
import { clone, vectors } from "./world";

const document = vectors("w3c").find((vector) => vector.name === "eddsa-jcs-2022.json")?.signed as JsonObject;
const proof = document.proof as JsonObject;
const key = base58(String(proof.verificationMethod).split("#z")[1] ?? "").slice(2);

describe("eddsa-jcs-2022", () => {
  test("the published example of the W3C verifies", async () => {
    expect(await verifyJcsProof(document, proof, key)).toBe(true);
  });

  test("no single word of it can be changed", async () => {
    for (const [place, to] of [
      ["id", "urn:x"],
      ["name", "Other"],
      ["validFrom", "2022-01-01T00:00:00Z"],
    ] as const) {
      expect(await verifyJcsProof({ ...document, [place]: to }, proof, key), place).toBe(false);
    }
  });

  test("no option of its proof can be changed", async () => {
    for (const [option, to] of [
      ["created", "2024-02-24T23:36:38Z"],
      ["proofPurpose", "authentication"],
      ["cryptosuite", "eddsa-rdfc-2022"],
      ["verificationMethod", "https://vc.example/issuers/5678#other"],
    ] as const) {
      expect(await verifyJcsProof(document, { ...proof, [option]: to }, key), option).toBe(false);
    }
  });

  test("a context appended after signing is not accepted, though the standard's proof would start with it", async () => {
    const longer = clone(document);
    (longer["@context"] as string[]).push("https://example.org/more");
    expect(await verifyJcsProof(longer, proof, key)).toBe(false);
  });

  test("another key does not verify it", async () => {
    const other = key.slice();
    other[0] = (other[0] ?? 0) ^ 1;
    expect(await verifyJcsProof(document, proof, other)).toBe(false);
  });

  test("a proof value that is not base58btc is a bad proof, not an error", async () => {
    expect(await verifyJcsProof(document, { ...proof, proofValue: "z0OIl" }, key)).toBe(false);
  });

  test("the record hash does not depend on order or spacing, and does depend on the proof", async () => {
    const turned = Object.fromEntries(Object.entries(document).reverse()) as JsonObject;
    expect(await recordHash(turned)).toBe(await recordHash(document));
    const { proof: _, ...bare } = document;
    expect(await recordHash(bare)).not.toBe(await recordHash(document));
  });
});
