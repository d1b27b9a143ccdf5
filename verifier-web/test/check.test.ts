import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { achievement, keyHistory, portfolio, sign } from "../dev/documents";
import { type FileSigner, fileSigner, signedPdf } from "../dev/pdf";
import { base32, token } from "../dev/token";
import { checkInput } from "../src/check";
import { utf8 } from "../src/check/bytes";
import { verifyEd25519 } from "../src/check/ed25519";
import type { JsonObject } from "../src/check/json";
import { recordHash } from "../src/check/proof";
import { check, type HubReport } from "../src/report";
import { clone, desk, NOW, serve, type World, world } from "./world";

const ID = "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
const ADDRESS = `/colleges/anna-univ/portfolios/${ID}`;
const address = { kind: "address", host: "hub.example", slug: "anna-univ", document: "portfolios", id: ID } as const;
let hub: World;
let signed: JsonObject;
let files: FileSigner;

beforeEach(async () => {
  hub = await world();
  files = await fileSigner();
  const history = keyHistory(hub.college) as { id: string; keys: JsonObject[] };
  history.keys.push({
    kid: `${hub.college.did}#documents-1`,
    purpose: "documents",
    state: "active",
    fingerprint: files.fingerprint,
  });
  serve(hub, "/colleges/anna-univ/keys.json", history);
  const item = await sign(achievement(hub.college, { id: ID, title: "Hackathon", index: 10 }), hub.college);
  signed = await sign(portfolio(hub.college, ID, 2, [item]), hub.college);
  serve(hub, ADDRESS, signed);
  serve(hub, "/api/verify/", said());
});

afterEach(() => vi.restoreAllMocks());

function said(document: JsonObject = signed, more: Partial<HubReport> = {}): HubReport {
  const ids = ["format", "signature", "issuer", "validity", "status", "record", "nested", "pdf"] as const;
  return {
    verdict: "valid",
    kind: "portfolio",
    id: String(document.id),
    checks: ids.map((id) => check(id, "pass", "ok")),
    issuer: { did: hub.college.did, domain: "hub.example", name: "Anna University", slug: "anna-univ", logo_url: null },
    subject: null,
    content: null,
    nested: [],
    as_of: NOW.toISOString(),
    document,
    ...more,
  };
}

const pdf = async (attached: string, by = files) => ({
  kind: "pdf" as const,
  name: "portfolio.pdf",
  bytes: await signedPdf(attached, by),
});
const code = async (hash: string) =>
  base32(await token(hub.college, { portfolio: ID, recordHash: Buffer.from(hash, "hex"), index: 2 }));
const line = async (input: Parameters<typeof checkInput>[0]) => {
  const { verdict, headline } = await checkInput(input, desk(hub));
  return `${verdict} ${headline}`;
};

describe("every way in", () => {
  test("a PDF, a document, an address and a code of a genuine portfolio are valid", async () => {
    expect(await line(await pdf(JSON.stringify(signed)))).toBe("valid valid");
    expect(await line({ kind: "json", name: null, source: JSON.stringify(signed) })).toBe("valid valid");
    expect(await line(address)).toBe("valid valid");
    expect(await line({ kind: "token", encoded: await code(await recordHash(signed)) })).toBe("valid valid");
  });

  test("a PDF in which this browser finds nothing is judged by the hub's copy, checked here all the same", async () => {
    expect(await line(await pdf("{}"))).toBe("valid valid");
    serve(hub, "/api/verify/", said({ ...signed, name: "changed by the hub" }));
    expect(await line(await pdf("{}"))).toBe("not_valid changed");
  });

  test("a genuine attachment in pages that were changed is told apart", async () => {
    const report = said();
    report.checks = report.checks.map((one) =>
      one.id === "pdf" ? check("pdf", "fail", "changed_after_signing") : one,
    );
    serve(hub, "/api/verify/", { ...report, verdict: "not_valid" });
    expect(await line(await pdf(JSON.stringify(signed)))).toBe("not_valid pages_changed");
  });

  test("a PDF without a credential holds nothing to confirm", async () => {
    const checks = [check("format", "fail", "no_credential_in_pdf")];
    serve(hub, "/api/verify/", {
      ...said(),
      verdict: "not_valid",
      kind: "unknown",
      checks,
      issuer: null,
      document: null,
    });
    expect(await line(await pdf("{}"))).toBe("not_valid nothing");
  });

  test("another document of the college at the address asked for is not what was asked for", async () => {
    const other = await sign({ ...portfolio(hub.college, ID.replace("6f", "7f"), 2, []) }, hub.college);
    serve(hub, ADDRESS, other);
    serve(hub, "/api/verify/", said(other));
    expect((await checkInput(address, desk(hub))).verdict).toBe("not_valid");
  });

  test("a closed address says neither yes nor no", async () => {
    hub.pages.delete(ADDRESS);
    hub.pages.delete("/api/verify/");
    expect(await line(address)).toBe("incomplete not_found");
    const checks = [check("format", "fail", "no_such_document")];
    serve(hub, "/api/verify/", {
      ...said(),
      verdict: "not_valid",
      kind: "unknown",
      checks,
      issuer: null,
      document: null,
    });
    expect(await line(address)).toBe("incomplete not_found");
  });
});

describe("a code", () => {
  test("shows the portfolio it names, read from its own document", async () => {
    const { local } = await checkInput({ kind: "token", encoded: await code(await recordHash(signed)) }, desk(hub));
    expect(local.nested).toHaveLength(1);
    expect(local.compact?.portfolio).toBe(ID);
  });

  test("does not borrow the content of a later version", async () => {
    const { local, verdict } = await checkInput({ kind: "token", encoded: await code("00".repeat(32)) }, desk(hub));
    expect(local.document).toBeNull();
    expect(verdict).toBe("valid_with_remark");
  });

  test("of a closed portfolio is still checked", async () => {
    hub.pages.delete(ADDRESS);
    serve(hub, "/api/verify/", { ...said(), document: null });
    expect(await line({ kind: "token", encoded: await code(await recordHash(signed)) })).toBe("valid valid");
  });
});

describe("without a network", () => {
  test("nothing is green, and what could be checked is said", async () => {
    const source = JSON.stringify(signed);
    hub.pages.set("/api/verify/", { ok: false, status: null });
    expect(await line({ kind: "json", name: null, source })).toBe("incomplete offline");
    for (const path of hub.pages.keys()) hub.pages.set(path, { ok: false, status: null });
    expect(await line({ kind: "json", name: null, source })).toBe("incomplete incomplete");
  });

  test("a changed document is still found out, if the keys are at hand", async () => {
    hub.pages.set("/api/verify/", { ok: false, status: null });
    const changed = clone(signed);
    changed.name = "Portfolio of somebody else";
    expect(await line({ kind: "json", name: null, source: JSON.stringify(changed) })).toBe("not_valid changed");
  });
});

describe("a browser without Ed25519 of its own", () => {
  beforeEach(() => {
    const importKey = crypto.subtle.importKey.bind(crypto.subtle);
    vi.spyOn(crypto.subtle, "importKey").mockImplementation(((...of: Parameters<typeof importKey>) =>
      of[2] === "Ed25519" ? Promise.reject(new Error("NotSupportedError")) : importKey(...of)) as typeof importKey);
  });

  test("comes to the same verdicts", async () => {
    expect(await line(address)).toBe("valid valid");
    const changed = clone(signed);
    changed.name = "Portfolio of somebody else";
    serve(hub, ADDRESS, changed);
    expect(await line(address)).toBe("not_valid changed");
  });

  test("takes no signature of a wrong length", async () => {
    expect(await verifyEd25519(new Uint8Array(63), utf8("x"), hub.college.public)).toBe(false);
  });
});
