// Finds the credential attached to a PDF (ISO 32000-1 §7.11.4). An embedded file is a stream, so its dictionary always
// stands in the open, and a scan finds it without a PDF library. Whether the pages are as signed: pdf-signature.ts.

import { type Bytes, inflate, text } from "./bytes";
import { isObject, list } from "./json";

const MAX_ATTACHMENT = 8_000_000;
const MAX_ATTACHMENTS = 64;

/** The text of the one attached credential or receipt; null if there is none, or more than one to choose from. */
export async function attachedCredential(pdf: Bytes): Promise<string | null> {
  // One character a byte, so that positions in the text are positions in the file.
  const file = new TextDecoder("iso-8859-1").decode(pdf);
  const found = new Set<string>();
  const places = file.matchAll(/\/EmbeddedFile(?![A-Za-z])/g);
  let left = MAX_ATTACHMENTS;
  for (const match of places) {
    if (left-- === 0) return null;
    const opened = file.lastIndexOf(" obj", match.index);
    const opening = file.slice(match.index).match(/>>\s*stream\r?\n/);
    if (opened < 0 || !opening || opening[0] === undefined) continue;
    const end = match.index + (opening.index ?? 0);
    const dictionary = file.slice(opened, end + 2);
    if (dictionary.includes("endobj")) continue;
    const source = await unpack(pdf, file, dictionary, end + opening[0].length);
    if (source !== null && isCredential(source)) found.add(source);
  }
  const [only, ...others] = found;
  return only !== undefined && others.length === 0 ? only : null;
}

async function unpack(pdf: Bytes, file: string, dictionary: string, start: number): Promise<string | null> {
  const length = lengthOf(dictionary, file);
  const end = length !== null ? start + length : file.indexOf("endstream", start);
  if (!/^\r?\n?endstream/.test(file.slice(end, end + 11))) return null;
  const bytes = pdf.slice(start, end);
  try {
    if (!dictionary.includes("/Filter")) return text(bytes);
    if (!/\/Filter\s*\[?\s*\/FlateDecode\s*\]?\s*(\/|>>)/.test(dictionary)) return null;
    return text(await inflate(bytes, "deflate", MAX_ATTACHMENT));
  } catch {
    return null;
  }
}

function lengthOf(dictionary: string, file: string): number | null {
  const [, direct, generation] = /\/Length\s+(\d+)(?:\s+(\d+)\s+R)?/.exec(dictionary) ?? [];
  if (direct === undefined || generation === undefined) return direct === undefined ? null : Number(direct);
  const [, value] = new RegExp(`(?:^|\\s)${direct}\\s+${generation}\\s+obj\\s+(\\d+)\\s`).exec(file) ?? [];
  return value === undefined ? null : Number(value);
}

function isCredential(source: string): boolean {
  try {
    const value: unknown = JSON.parse(source);
    return (
      isObject(value) && list(value.type).some((one) => one === "VerifiableCredential" || one === "VerificationReceipt")
    );
  } catch {
    return false;
  }
}
