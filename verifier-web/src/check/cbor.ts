// Deterministic CBOR (RFC 8949 §4.2), the subset a CWT needs: integers, byte and text strings, arrays, maps with
// integer keys, tags. Everything else, and every longer way of saying the same, is refused.

import { type Bytes, text } from "./bytes";

export type Cbor = number | string | Bytes | Cbor[] | Map<number, Cbor> | Tagged | null;
export class Tagged {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

const MAX_DEPTH = 8;

/** Decode exactly one item; throws on anything left over or not deterministic. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  let at = 0;

  const take = (count: number): Bytes => {
    if (count > bytes.length - at) throw new Error("CBOR ends early");
    at += count;
    return new Uint8Array(bytes.slice(at - count, at));
  };

  const argument = (info: number): number => {
    if (info < 24) return info;
    const width = [1, 2, 4, 8][info - 24];
    if (width === undefined) throw new Error("CBOR of indefinite length");
    const value = take(width).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < ([24, 0x100, 0x1_0000, 0x1_0000_0000][info - 24] ?? 0)) throw new Error("CBOR not in shortest form");
    if (!Number.isSafeInteger(value)) throw new Error("CBOR number too large");
    return value;
  };

  const map = (entries: number, depth: number): Map<number, Cbor> => {
    const out = new Map<number, Cbor>();
    let before: Uint8Array | null = null;
    for (let i = 0; i < entries; i++) {
      const start = at;
      const key = item(depth);
      if (typeof key !== "number") throw new Error("CBOR map key is not an integer");
      const encoded = bytes.subarray(start, at);
      if (before && !sortsBefore(before, encoded)) throw new Error("CBOR map keys out of order");
      before = encoded;
      out.set(key, item(depth));
    }
    return out;
  };

  const item = (depth: number): Cbor => {
    if (depth > MAX_DEPTH) throw new Error("CBOR nested too deep");
    const first = take(1)[0] ?? 0;
    if (first === 0xf6) return null;
    const value = argument(first & 31);
    switch (first >> 5) {
      case 0:
        return value;
      case 1:
        return -1 - value;
      case 2:
        return take(value);
      case 3:
        return text(take(value));
      case 4:
        return Array.from({ length: atMost(value, bytes.length) }, () => item(depth + 1));
      case 5:
        return map(atMost(value, bytes.length), depth + 1);
      case 6:
        return new Tagged(value, item(depth + 1));
      default:
        throw new Error("CBOR kind not expected here");
    }
  };

  const decoded = item(0);
  if (at !== bytes.length) throw new Error("CBOR has something after its end");
  return decoded;
}

/** The head and bytes of a byte string, for rebuilding a Sig_structure. */
export function encodeByteString(bytes: Uint8Array): Bytes {
  const size = bytes.length;
  if (size >= 0x1_0000) throw new Error("byte string too long");
  const head = size < 24 ? [0x40 | size] : size < 0x100 ? [0x58, size] : [0x59, size >> 8, size & 255];
  const out = new Uint8Array(head.length + size);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}

function atMost(count: number, limit: number): number {
  if (count > limit) throw new Error("CBOR ends early");
  return count;
}

// Bytewise lexicographic order of the encoded keys (RFC 8949 §4.2.1).
function sortsBefore(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.length < b.length;
}
