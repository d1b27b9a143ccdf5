// The signature around a PDF: what it covers, whether anything came after, whether the college's document key made it.
// What is inside the signed revision (scripts, layers, forms) the hub looks at.

import { type Check, check } from "../report";
import { type Bytes, concat, sha256 } from "./bytes";
import { readCms, sameDigest } from "./cms";

const pdf = (state: Check["state"], code: string, more: Partial<Check> = {}): Check => check("pdf", state, code, more);

/** A key that may sign files, as its owner publishes it. */
export interface FileKey {
  state: string;
  since: string | null;
  keptAt: string | null;
}

/** Looks a key up by its fingerprint: null where there is none, `unknown` where nobody could be asked. */
export type FileKeys = (fingerprint: string) => Promise<FileKey | null | "unknown">;

/** Check the signature of a file. */
export async function checkPdf(bytes: Bytes, keys: FileKeys): Promise<Check> {
  // One character a byte, so that positions in the text are positions in the file.
  const file = new TextDecoder("iso-8859-1").decode(bytes);
  const ranges = [...file.matchAll(/\/ByteRange\s*\[([^\]]{0,100})\]/g)];
  const [range] = ranges;
  if (!range) return pdf("fail", "pdf_not_signed");
  const numbers = range[1]?.trim().split(/\s+/).map(Number) ?? [];
  const [start, gap = 0, rest = 0, length = 0] = numbers;
  if (numbers.length !== 4 || start !== 0 || numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    return pdf("fail", "pdf_byte_range_form");
  }
  const value = /^<((?:[0-9a-fA-F]{2})+)>$/.exec(file.slice(gap, rest))?.[1];
  if (!value || range.index > gap) return pdf("fail", "pdf_byte_range_gap");
  const end = rest + length;
  if (end > bytes.length) return pdf("fail", "pdf_cut_short");
  const later = end < bytes.length;
  if (later && !isValidationData(file.slice(end))) return pdf("fail", "pdf_changed_after_signing");
  if (!later && ranges.length > 1) return pdf("fail", "pdf_several_signatures");
  const judged = await checkValue(value, concat(bytes.subarray(0, gap), bytes.subarray(rest, end)), keys);
  // Of the shape that validation data has; whether it is nothing else, the hub compares object by object.
  return later && judged.state === "pass" ? pdf("unknown", "pdf_later_revision") : judged;
}

async function checkValue(value: string, covered: Bytes, keys: FileKeys): Promise<Check> {
  try {
    const signed = await readCms(Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
    if (!sameDigest(signed.digest, await sha256(covered))) return pdf("fail", "pdf_digest_mismatch");
    if (signed.holds === false) return pdf("fail", "pdf_signature_wrong");
    if (signed.holds === null || !signed.fingerprint) return pdf("unknown", "pdf_not_judged");
    const key = await keys(signed.fingerprint);
    if (key === "unknown") return pdf("unknown", "pdf_key_not_known");
    if (!key) return pdf("fail", "pdf_signer_unknown");
    if (key.state === "compromised") return pdf("fail", "pdf_key_compromised", key.since ? { at: key.since } : {});
    if (key.keptAt) return pdf("unknown", "pdf_key_not_fresh", { as_of: key.keptAt });
    return key.state === "frozen" ? pdf("warn", "key_frozen") : pdf("pass", "covers_all");
  } catch {
    return pdf("unknown", "pdf_not_judged");
  }
}

// PAdES B-LT and B-LTA add a DSS, and timestamps over it, as revisions of their own (ETSI EN 319 142-1 §5.4).
const isValidationData = (tail: string): boolean => /\/DSS\b|\/DocTimeStamp\b/.test(tail);
