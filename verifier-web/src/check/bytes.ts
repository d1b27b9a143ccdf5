// Encodings a credential comes in. Each decoder throws on input that is not exactly of its kind.

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** UTF-8 to text, a byte order mark and all; throws on malformed input. */
export const text = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** base58btc, as after a multibase `z`; at most 128 characters. */
export function base58(encoded: string): Bytes {
  if (encoded.length > 128) throw new Error("base58 too long");
  const out: number[] = [];
  for (const letter of encoded) {
    let carry = BASE58.indexOf(letter);
    if (carry < 0) throw new Error("not base58btc");
    for (let i = 0; i < out.length; i++) {
      carry += (out[i] ?? 0) * 58;
      out[i] = carry & 255;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) out.push(carry & 255);
  }
  const zeros = encoded.match(/^1*/)?.[0].length ?? 0;
  return new Uint8Array([...new Array<number>(zeros).fill(0), ...out.reverse()]);
}

/** Unpadded base32 (RFC 4648 §6), either case; leftover bits must be zero. */
export function base32(encoded: string): Bytes {
  // Before capitals are made: some letters outside ASCII become ASCII by it.
  if (!/^[A-Za-z2-7]*$/.test(encoded)) throw new Error("not base32");
  const out: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const letter of encoded.toUpperCase()) {
    buffer = ((buffer << 5) | BASE32.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((buffer >> bits) & 255);
    }
  }
  if (bits >= 5 || (buffer & ((1 << bits) - 1)) !== 0) throw new Error("not base32");
  return new Uint8Array(out);
}

/** Unpadded base64url (RFC 4648 §5). */
export function base64url(encoded: string): Bytes {
  if (!/^[\w-]*$/.test(encoded)) throw new Error("not base64url");
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** 16 bytes as a lower-case UUID. */
export function uuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error("not a UUID");
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Unpack gzip or zlib, refusing more than `limit` bytes of output. */
export async function inflate(bytes: Bytes, format: "gzip" | "deflate", limit: number): Promise<Bytes> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new Error("unpacks to more than is allowed");
    }
    parts.push(value);
  }
}
