// Makes the QR's token, for the tests and for looking at the page while working on it.

import * as ed from "@noble/ed25519";
import { concat, sha256, utf8 } from "../src/check/bytes";
import type { Signer } from "./documents";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

type Item =
  | number
  | string
  | Uint8Array
  | Item[]
  | [number, Item][]
  | { entries: [number, Item][] }
  | { tag: number; value: Item };

export interface TokenFacts {
  portfolio: string;
  recordHash: Uint8Array;
  index: number;
  list?: string;
  iat?: number;
  extra?: [number, Item][];
}

/** The token's bytes, signed. */
export async function token(by: Signer, facts: TokenFacts): Promise<Uint8Array> {
  const kid = (await sha256(by.public)).slice(0, 8);
  const header = encode({
    entries: [
      [1, -8],
      [4, kid],
    ],
  });
  const payload = encode({
    entries: [
      [1, by.did],
      [6, facts.iat ?? 1_767_693_600],
      [7, Uint8Array.from(facts.portfolio.replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))],
      [
        169,
        {
          entries: [
            [4, "Kavya Subramanian"],
            [19, "கவ்யா சுப்பிரமணியன்"],
            [20, "ta"],
          ],
        },
      ],
      [-65537, facts.recordHash],
      [-65538, [facts.list ?? "portfolios-1", facts.index]],
      [-65539, ["B.E. Computer Science", 3, "Anna University"]],
      ...(facts.extra ?? []),
    ],
  });
  const message = encode(["Signature1", header, new Uint8Array(), payload]);
  const signature = await ed.signAsync(message, by.secret);
  return encode({ tag: 18, value: [header, { entries: [] }, payload, signature] });
}

export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => LETTERS[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

function encode(item: Item): Uint8Array {
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") return concat(head(3, utf8(item).length), utf8(item));
  if (item instanceof Uint8Array) return concat(head(2, item.length), item);
  if (Array.isArray(item)) return concat(head(4, item.length), ...(item as Item[]).map(encode));
  if ("tag" in item) return concat(head(6, item.tag), encode(item.value));
  return concat(head(5, item.entries.length), ...item.entries.flatMap(([key, value]) => [encode(key), encode(value)]));
}

function head(major: number, value: number): Uint8Array {
  const kind = major << 5;
  if (value < 24) return new Uint8Array([kind | value]);
  if (value < 0x100) return new Uint8Array([kind | 24, value]);
  if (value < 0x1_0000) return new Uint8Array([kind | 25, value >> 8, value & 255]);
  return new Uint8Array([kind | 26, ...[24, 16, 8, 0].map((shift) => (value >>> shift) & 255)]);
}
