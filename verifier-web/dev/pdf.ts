// A small PDF, signed as the hub signs: an attachment, one signature over everything but its own value.

import { concat, hex, sha256, utf8 } from "../src/check/bytes";

export interface FileSigner {
  pair: CryptoKeyPair;
  /** SEC 1, uncompressed. */
  point: Uint8Array<ArrayBuffer>;
  fingerprint: string;
}

const OID = {
  signedData: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02],
  data: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01],
  contentType: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03],
  messageDigest: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04],
  sha256: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
  ecdsa: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  ecKey: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  p256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
};
const ROOM = 4096;

export async function fileSigner(): Promise<FileSigner> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { pair, point, fingerprint: hex(await sha256(point)) };
}

/** A file with this attachment, signed. */
export async function signedPdf(attached: string, by: FileSigner): Promise<Uint8Array<ArrayBuffer>> {
  const head = utf8(
    `%PDF-1.7\n4 0 obj\n<</Length ${utf8(attached).length}/Type/EmbeddedFile/Subtype/application#2Fvc>>\nstream\n${attached}\nendstream\nendobj\n9 0 obj\n<</Type/Sig/ByteRange[0 @@@@@@@@@ ######### %%%%%%%%%]/Contents`,
  );
  const tail = utf8(">>\nendobj\n%%EOF\n");
  const rest = head.length + 2 * ROOM + 2;
  const filled = utf8(
    new TextDecoder()
      .decode(head)
      .replace("@@@@@@@@@", String(head.length).padStart(9))
      .replace("#########", String(rest).padStart(9))
      .replace("%%%%%%%%%", String(tail.length).padStart(9)),
  );
  const value = await cms(await sha256(concat(filled, tail)), by);
  return concat(filled, utf8(`<${hex(value).padEnd(2 * ROOM, "0")}>`), tail);
}

async function cms(digest: Uint8Array, by: FileSigner): Promise<Uint8Array> {
  const algorithm = sequence(oid(OID.sha256));
  const serial = der(0x02, new Uint8Array([0x41, 7]));
  const name = sequence();
  const spki = sequence(sequence(oid(OID.ecKey), oid(OID.p256)), der(0x03, concat(new Uint8Array([0]), by.point)));
  const signed = sequence(oid(OID.ecdsa));
  const body = sequence(der(0xa0, der(0x02, new Uint8Array([2]))), serial, signed, name, sequence(), name, spki);
  const certificate = sequence(body, signed, der(0x03, new Uint8Array([0])));
  const attributes = concat(
    sequence(oid(OID.contentType), der(0x31, oid(OID.data))),
    sequence(oid(OID.messageDigest), der(0x31, der(0x04, digest))),
  );
  const flat = new Uint8Array(
    await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      by.pair.privateKey,
      new Uint8Array(der(0x31, attributes)),
    ),
  );
  const signer = sequence(
    der(0x02, new Uint8Array([1])),
    sequence(name, serial),
    algorithm,
    der(0xa0, attributes),
    signed,
    der(0x04, sequence(integer(flat.subarray(0, 32)), integer(flat.subarray(32)))),
  );
  const data = sequence(
    der(0x02, new Uint8Array([1])),
    der(0x31, algorithm),
    sequence(oid(OID.data)),
    der(0xa0, certificate),
    der(0x31, signer),
  );
  return sequence(oid(OID.signedData), der(0xa0, data));
}

const sequence = (...parts: Uint8Array[]) => der(0x30, concat(...parts));
const oid = (bytes: number[]) => der(0x06, new Uint8Array(bytes));

function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const bare = bytes.subarray(start);
  return der(0x02, (bare[0] ?? 0) & 0x80 ? concat(new Uint8Array([0]), bare) : bare);
}

function der(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return concat(new Uint8Array([tag, ...head]), content);
}
