import { describe, expect, test } from "vitest";
import type { HubAnswer } from "../src/check/hub";
import { type Form, merge, mergeNested, ofChecks, worse } from "../src/check/merge";
import {
  type Check,
  type CheckId,
  type CheckState,
  check,
  type HubReport,
  type LocalReport,
  type Verdict,
} from "../src/report";

const DID = "did:web:hub.example:colleges:anna-univ";
const document = { id: "https://hub.example/colleges/anna-univ/portfolios/1", name: "as signed" };

const local = (
  changes: Partial<Record<CheckId, [CheckState, string]>> = {},
  more: Partial<LocalReport> = {},
): LocalReport => ({
  kind: "portfolio",
  id: document.id,
  checks: checks(["format", "signature", "issuer", "validity", "status", "nested"], changes),
  issuer: { did: DID, domain: "hub.example" },
  subject: null,
  content: null,
  nested: [],
  recordHash: "00",
  keyFingerprint: "00",
  document,
  compact: null,
  receipt: null,
  ...more,
});

const said = (
  changes: Partial<Record<CheckId, [CheckState, string]>> = {},
  more: Partial<HubReport> = {},
): { report: HubReport } => {
  const list = checks(["format", "signature", "issuer", "validity", "status", "record", "nested", "pdf"], changes);
  const report: HubReport = {
    verdict: ofChecks(list),
    kind: "portfolio",
    id: document.id,
    checks: list,
    issuer: { did: DID, domain: "hub.example", name: "Anna University", slug: "anna-univ", logo_url: null },
    subject: null,
    content: null,
    nested: [],
    as_of: "2026-02-01T12:00:00Z",
    document,
    ...more,
  };
  return { report };
};

function checks(ids: CheckId[], changes: Partial<Record<CheckId, [CheckState, string]>>): Check[] {
  return ids.map((id) => check(id, ...(changes[id] ?? (["pass", "ok"] as [CheckState, string]))));
}

const line = (one: LocalReport, hub: HubAnswer, form: Form = "pdf") => {
  const { verdict, headline } = merge(one, hub, form);
  return `${verdict} ${headline}`;
};

describe("the verdict is the worse of both", () => {
  test("green only when both say so", () => expect(line(local(), said())).toBe("valid valid"));

  test.each<[string, LocalReport, HubAnswer, string]>([
    [
      "this browser finds a bad signature",
      local({ signature: ["fail", "bad_signature"] }),
      said(),
      "not_valid changed",
    ],
    ["the hub finds one", local(), said({ signature: ["fail", "bad_signature"] }), "not_valid changed"],
    ["the list says revoked, the hub does not", local({ status: ["fail", "revoked"] }), said(), "not_valid revoked"],
    [
      "the hub says revoked, the list does not yet",
      local(),
      said({ status: ["fail", "revoked"] }),
      "not_valid revoked",
    ],
    ["the key is unknown", local({ signature: ["fail", "unknown_key"] }), said(), "not_valid not_theirs"],
    ["there is no record", local(), said({ record: ["fail", "no_record"] }), "not_valid not_theirs"],
    ["there is no such college", local({ signature: ["fail", "unknown_issuer"] }), said(), "not_valid no_issuer"],
    ["the key was compromised", local({ signature: ["fail", "key_compromised"] }), said(), "not_valid key_compromised"],
    ["the pages were changed", local(), said({ pdf: ["fail", "changed_after_signing"] }), "not_valid pages_changed"],
    ["an item inside is forged", local({ nested: ["fail", "bad_inside"] }), said(), "not_valid bad_inside"],
    ["it is expired", local({ validity: ["fail", "expired"] }), said(), "not_valid expired"],
    [
      "the issuer is elsewhere",
      local({ signature: ["unknown", "issuer_elsewhere"], issuer: ["unknown", "issuer_elsewhere"] }),
      said(),
      "incomplete elsewhere",
    ],
    ["this browser has no list", local({ status: ["unknown", "list_unreachable"] }), said(), "incomplete incomplete"],
    [
      "this browser has only an old key",
      local({ signature: ["unknown", "key_not_fresh"] }),
      said(),
      "incomplete incomplete",
    ],
    ["it was replaced", local(), said({ status: ["fail", "superseded"] }), "not_valid superseded"],
    [
      "it was replaced, and still holds",
      local(),
      said({ status: ["warn", "superseded"] }),
      "valid_with_remark superseded",
    ],
    ["an item was revoked since", local({ nested: ["fail", "revoked_inside"] }), said(), "not_valid outdated"],
    [
      "an item is forged, says the hub",
      local(),
      said({ nested: ["fail", "nested_not_valid"] }),
      "not_valid bad_inside",
    ],
    ["it is not the document on record", local(), said({ record: ["fail", "not_the_record"] }), "not_valid not_theirs"],
    ["its key is of another kind", local(), said({ signature: ["fail", "wrong_key_kind"] }), "not_valid not_theirs"],
    ["the key is frozen", local(), said({ signature: ["warn", "key_frozen"] }), "valid_with_remark remark"],
    [
      "both a remark and a failure",
      local({ signature: ["warn", "key_frozen"] }),
      said({ record: ["fail", "no_record"] }),
      "not_valid not_theirs",
    ],
  ])("%s", (_, one, hub, expected) => expect(line(one, hub)).toBe(expected));
});

describe("nothing defaults to passed", () => {
  test.each<HubAnswer & { failed: string }>([
    { failed: "unreachable" },
    { failed: "busy" },
    { failed: "too_large" },
    { failed: "refused" },
  ])("without the hub ($failed) it is amber, however well it looks here", (hub) =>
    expect(line(local(), hub)).toBe("incomplete offline"),
  );

  test.each<CheckId>(["signature", "issuer", "status"])("without this browser's %s check it is amber", (missing) => {
    const one = local();
    one.checks = one.checks.filter((known) => known.id !== missing);
    expect(merge(one, said(), "document").verdict).toBe("incomplete");
  });

  test.each<CheckId>(["signature", "issuer", "status", "record", "pdf"])(
    "without the hub's %s check a PDF is amber",
    (missing) => {
      const hub = said();
      hub.report.checks = hub.report.checks.filter((known) => known.id !== missing);
      expect(merge(local(), hub, "pdf").verdict).toBe("incomplete");
    },
  );

  test("a check that does not apply is no pass where it is needed", () => {
    expect(merge(local(), said({ record: ["not_applicable", "none"] }), "document").verdict).toBe("incomplete");
  });

  test("an empty report is not valid", () => {
    expect(merge(local({}, { checks: [] }), said(), "document").verdict).toBe("incomplete");
    expect(merge(local(), said({}, { checks: [], verdict: "valid" }), "document").verdict).toBe("incomplete");
  });

  test("a hub whose verdict is better than its checks is not believed", () => {
    expect(merge(local(), said({ status: ["fail", "revoked"] }, { verdict: "valid" }), "document").verdict).toBe(
      "not_valid",
    );
  });

  test("a verdict or state this page does not know is not a good one", () => {
    expect(merge(local(), said({}, { verdict: "splendid" as Verdict }), "document").verdict).toBe("not_valid");
    expect(ofChecks([check("status", "fine" as CheckState, "ok")])).toBe("not_valid");
  });

  test("a hub that speaks of another document or another college is contradicted", () => {
    const other = merge(local(), said({}, { document: { ...document, name: "another" } }), "document");
    expect(other).toMatchObject({ verdict: "not_valid", disagree: true });
    const issuer = { did: `${DID}-2`, domain: "hub.example", name: "Other", slug: "other", logo_url: null };
    expect(merge(local(), said({}, { issuer }), "document").verdict).toBe("not_valid");
  });

  test("an item inside that the hub says nothing of is amber", () => {
    const item = local({}, { kind: "achievement" });
    expect(mergeNested(item, null)).toBe("incomplete");
    expect(mergeNested(item, said().report)).toBe("valid");
    expect(mergeNested(item, said({ status: ["fail", "revoked"] }).report)).toBe("not_valid");
  });
});

test("a closed address is told apart from a false document", () => {
  const empty = local(
    {},
    { kind: "unknown", checks: [check("format", "unknown", "not_loaded")], document: null, issuer: null },
  );
  expect(line(empty, { failed: "not_found" }, "document")).toBe("incomplete not_found");
});

test("a portfolio that the hub took back with an item inside is out of date, not revoked by name", () => {
  const hub = said({ status: ["fail", "revoked"] });
  for (const one of hub.report.checks) if (one.id === "status") one.reason = "contains_revoked";
  expect(line(local({ status: ["fail", "revoked"], nested: ["fail", "revoked_inside"] }), hub)).toBe(
    "not_valid outdated",
  );
});

test("a portfolio that fell with a key says that it was the key", () => {
  const hub = said({ status: ["fail", "revoked"], pdf: ["fail", "pdf_key_compromised"] });
  for (const one of hub.report.checks) if (one.id === "status") one.reason = "key_compromised";
  expect(line(local({ status: ["fail", "revoked"] }), hub)).toBe("not_valid key_compromised");
});

test("the day of a revocation is the hub's", () => {
  const hub = said({ status: ["fail", "revoked"] });
  for (const one of hub.report.checks) if (one.id === "status") one.at = "2026-01-20T09:12:00Z";
  expect(merge(local(), hub, "pdf").at).toBe("2026-01-20T09:12:00Z");
});

test("worse is the same from either side", () => {
  expect(worse("valid", "incomplete")).toBe("incomplete");
  expect(worse("not_valid", "valid_with_remark")).toBe("not_valid");
});
