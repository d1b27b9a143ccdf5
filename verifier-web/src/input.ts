// What somebody handed in, and what a line of text or an address means. Pure.

/** A thing to check. */
export type Input =
  | { kind: "pdf"; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "json"; name: string | null; source: string }
  /** `encoded`: base32 of the QR's token. */
  | { kind: "token"; encoded: string }
  /** A credential or portfolio by its address on this host. */
  | { kind: "address"; host: string; slug: string; document: "credentials" | "portfolios"; id: string };

/** Why there is nothing to check. */
export type NoInput = "empty" | "other_site" | "not_understood" | "unsupported_file" | "file_too_large";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SLUG = /^[a-z0-9][a-z0-9-]*$/;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// "2" (tag 18) and "84" (array of four), as base32: every token starts so.
const TOKEN = /^2KC[A-Z2-7]{60,4000}$/;
const MAX_FILE = 25 * 1024 * 1024;

/** What the address bar asks for; null: nothing yet. */
export function readLocation(location: { host: string; pathname: string; hash: string }): Input | null {
  return readToken(location.hash.replace(/^#/, "")) ?? readPath(location.host, location.pathname);
}

/** What pasted or scanned text asks for. */
export function readText(text: string, ...hosts: string[]): Input | NoInput {
  const trimmed = text.trim();
  if (trimmed === "") return "empty";
  if (trimmed.startsWith("{")) return { kind: "json", name: null, source: trimmed };
  const token = readToken(trimmed.replace(/\s+/g, ""));
  if (token) return token;
  const url = readUrl(trimmed, hosts[0] ?? "");
  if (!url) return "not_understood";
  if (!hosts.includes(url.host)) return "other_site";
  return readLocation(url) ?? "not_understood";
}

/** What a chosen or dropped file is, by its bytes and not by its name. */
export async function readFile(file: File): Promise<Input | NoInput> {
  if (file.size > MAX_FILE) return "file_too_large";
  const bytes = new Uint8Array(await file.arrayBuffer());
  const start = new TextDecoder("iso-8859-1").decode(bytes.subarray(0, 1024));
  if (start.includes("%PDF-")) return { kind: "pdf", name: file.name, bytes };
  if (!/^(?:ï»¿)?\s*\{/.test(start)) return "unsupported_file";
  try {
    return { kind: "json", name: file.name, source: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return "unsupported_file";
  }
}

function readToken(text: string): Input | null {
  const encoded = text.toUpperCase();
  return TOKEN.test(encoded) ? { kind: "token", encoded } : null;
}

// `/colleges/{slug}/credentials/{uuid}`, `/colleges/{slug}/portfolios/{uuid}` and `/C/{SLUG}/{base32}`, in any case.
function readPath(host: string, pathname: string): Input | null {
  const [, first, slug = "", third = "", last = ""] = pathname.toLowerCase().replace(/\/$/, "").split("/");
  if (!SLUG.test(slug)) return null;
  if (first === "colleges" && (third === "credentials" || third === "portfolios")) {
    const id = last.replace(/\.pdf$/, "");
    return UUID.test(id) ? { kind: "address", host, slug, document: third, id } : null;
  }
  const id = first === "c" && last === "" ? readShortId(third) : null;
  return id ? { kind: "address", host, slug, document: "credentials", id } : null;
}

function readShortId(encoded: string): string | null {
  if (!/^[a-z2-7]{26}$/.test(encoded)) return null;
  let bits = 0n;
  for (const letter of encoded.toUpperCase()) bits = bits * 32n + BigInt(BASE32.indexOf(letter));
  // 26 letters are 130 bits: 128 of the UUID and two that must be zero.
  if (bits % 4n !== 0n) return null;
  const hex = (bits / 4n).toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function readUrl(text: string, host: string): URL | null {
  const whole = text.startsWith("/") ? host + text : text;
  // Without a scheme it must at least look like a host and a path.
  const [, scheme] = /^(https?:\/\/)?[^\s/]+\/\S*$/i.exec(whole) ?? [];
  try {
    return scheme === undefined && !/^[\w.:-]+\//.test(whole) ? null : new URL(scheme ? whole : `https://${whole}`);
  } catch {
    return null;
  }
}
