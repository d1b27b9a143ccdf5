// What only the hub knows: its record, revocations, the PDF's signature. Asked of this host, and of no other.

import type { HubReport } from "../report";
import { isObject } from "./json";
import type { Site } from "./site";

/** What was handed in, to be sent to the hub it belongs to. */
export interface Handed {
  origin: string;
  type: string;
  body: BodyInit;
}

export type HubAnswer =
  | { report: HubReport }
  | { failed: "unreachable" | "busy" | "too_large" | "not_found" | "refused" };

/** A receipt of what was handed in, as a file; null where the hub gave none. */
export async function askReceipt(handed: Handed, form: "pdf" | "json", language: string): Promise<Blob | null> {
  const accept = form === "pdf" ? "application/pdf" : "application/json";
  try {
    const response = await fetch(`${handed.origin}/api/verify/receipts/?language=${language}`, {
      method: "POST",
      headers: { accept, "content-type": handed.type },
      body: handed.body,
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
    });
    const kind = response.headers.get("content-type") ?? "";
    return response.ok && kind.startsWith(accept) ? await response.blob() : null;
  } catch {
    return null;
  }
}

/** POST to /api/verify/; never rejects. `not_found`: the address is closed, or there is nothing. */
export async function askHub({ type, body }: Handed, site: Site): Promise<HubAnswer> {
  const answer = await site.ask("/api/verify/", type, body);
  if (answer.ok) {
    try {
      const report: unknown = JSON.parse(answer.body);
      if (isReport(report)) return isAbsence(report) ? { failed: "not_found" } : { report };
    } catch {
      // Not JSON: something between here and the hub answered.
    }
    return { failed: "unreachable" };
  }
  switch (answer.status) {
    case 400:
    case 415:
    case 422:
      return { failed: "refused" };
    case 404:
    case 410:
      return { failed: "not_found" };
    case 413:
      return { failed: "too_large" };
    case 429:
    case 503:
      return { failed: "busy" };
    default:
      return { failed: "unreachable" };
  }
}

// A report that there is nothing public at an address says nothing against what stood there.
function isAbsence(report: HubReport): boolean {
  return report.checks.some((one) => one.id === "format" && one.code === "no_such_document");
}

function isReport(value: unknown): value is HubReport {
  return (
    isObject(value) && typeof value.verdict === "string" && Array.isArray(value.checks) && Array.isArray(value.nested)
  );
}
