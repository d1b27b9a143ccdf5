import { beforeEach, describe, expect, test } from "vitest";
import { type FileSigner, fileSigner, signedPdf } from "../dev/pdf";
import { hubDid, receipt } from "../dev/receipt";
import { checkInput } from "../src/check";
import type { JsonObject } from "../src/check/json";
import { check } from "../src/report";
import { clone, desk, serve, type World, world } from "./world";

let hub: World;
let key: FileSigner;

beforeEach(async () => {
  hub = await world();
  key = await fileSigner();
  serve(hub, "/.well-known/did.json", hubDid(key));
});

// What the hub itself says of a receipt (src/credential/receipt.rs), for the verdict it speaks of.
function hubSays(state: "pass" | "warn" | "unknown" | "fail", pdf = false): void {
  const checks = [
    check("format", "warn", "receipt"),
    check("signature", "pass", "ok"),
    check("issuer", "pass", "this_hub"),
    check("validity", "pass", "ok"),
    check("status", state, "receipt"),
    check("record", "not_applicable", "not_kept"),
    ...(pdf ? [check("pdf", "pass", "ok")] : []),
  ];
  const verdict = state === "fail" ? "not_valid" : state === "unknown" ? "incomplete" : "valid_with_remark";
  serve(hub, "/api/verify/", { verdict, kind: "receipt", checks, issuer: null, nested: [], document: null });
}

const handIn = (document: JsonObject) =>
  checkInput({ kind: "json", name: null, source: JSON.stringify(document) }, desk(hub));
const line = async (document: JsonObject) => {
  const { headline, verdict } = await handIn(document);
  return `${headline} ${verdict}`;
};

describe("a receipt", () => {
  test("of a valid document is genuine, and never plainly valid", async () => {
    hubSays("pass");
    expect(await line(await receipt("valid", key))).toBe("receipt valid_with_remark");
    const { local, at } = await handIn(await receipt("valid", key));
    expect(local.receipt).toMatchObject({ college: "Anna University", count: 12, verdict: "valid" });
    expect(at).toBe("2026-01-20T10:00:00Z");
  });

  test("is no better than what it speaks of", async () => {
    hubSays("fail");
    expect(await line(await receipt("not_valid", key))).toBe("receipt not_valid");
    hubSays("unknown");
    expect(await line(await receipt("incomplete", key))).toBe("receipt incomplete");
  });

  test.each<[string, (document: JsonObject) => void]>([
    [
      "verdict",
      (one) => {
        one.verdict = "valid_with_remark";
      },
    ],
    [
      "time",
      (one) => {
        one.checked_at = "2026-01-19T10:00:00Z";
      },
    ],
    [
      "digest",
      (one) => {
        (one.presented as JsonObject).digest = "sha256-AAAA";
      },
    ],
    [
      "proof",
      (one) => {
        (one.proof as JsonObject).created = "2026-01-19T10:00:00Z";
      },
    ],
    [
      "purpose",
      (one) => {
        (one.proof as JsonObject).proofPurpose = "authentication";
      },
    ],
    [
      "value",
      (one) => {
        (one.proof as JsonObject).proofValue = "z1111";
      },
    ],
    [
      "key",
      (one) => {
        (one.proof as JsonObject).verificationMethod = "did:web:hub.example#key-2026-01-8d20e7";
      },
    ],
  ])("with another %s does not hold, whatever the hub says", async (_, change) => {
    hubSays("pass");
    const changed = clone(await receipt("valid", key));
    change(changed);
    expect(await line(changed)).toBe("receipt_bad not_valid");
  });

  test("by another key does not hold", async () => {
    hubSays("pass");
    expect(await line(await receipt("valid", await fileSigner()))).toBe("receipt_bad not_valid");
  });

  test("of another hub can be neither confirmed nor refuted here", async () => {
    hubSays("pass");
    const other = await receipt("valid", key, { issuer: "did:web:other.example" });
    const { local, verdict } = await handIn(other);
    expect(local.checks.find((one) => one.id === "signature")?.code).toBe("issuer_elsewhere");
    expect(verdict).toBe("incomplete");
  });

  test("from the future does not hold", async () => {
    hubSays("pass");
    expect(await line(await receipt("valid", key, { checked_at: "2026-06-01T10:00:00Z" }))).toBe(
      "receipt_bad not_valid",
    );
  });

  test("without what a receipt must say is none", async () => {
    const { local } = await handIn(await receipt("splendid", key));
    expect(local.checks).toEqual([check("format", "fail", "bad_receipt")]);
  });

  test("without a network holds as far as the key that was kept goes", async () => {
    serve(hub, "/.well-known/did.json", hubDid(key), "2026-01-25T10:00:00Z");
    hub.pages.set("/api/verify/", { ok: false, status: null });
    expect(await line(await receipt("valid", key))).toBe("receipt incomplete");
  });

  test("on paper is signed by the same key as what is attached to it", async () => {
    hubSays("pass", true);
    const source = JSON.stringify(await receipt("valid", key));
    const paper = async (by: FileSigner) => {
      const bytes = await signedPdf(source, by);
      const { headline, verdict } = await checkInput({ kind: "pdf", name: "receipt.pdf", bytes }, desk(hub));
      return `${headline} ${verdict}`;
    };
    expect(await paper(key)).toBe("receipt valid_with_remark");
    expect(await paper(await fileSigner())).toBe("receipt_bad not_valid");
  });
});
