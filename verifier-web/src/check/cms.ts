// The signature inside a PDF (CMS, RFC 5652), as the hub writes it: one signer, P-256, three signed attributes. Enough of
// DER (X.690 §10) for that, and nothing more: what is of another form is not judged here.

import { type Bytes, concat, equal, hex, sha256 } from "./bytes";

interface Node {
  tag: number;
  /** With tag and length. */
  whole: Bytes;
  content: Bytes;
}

export interface Signed {
  /** SHA-256 that the signer signed, of the covered bytes. */
  digest: Bytes;
  /** SHA-256 of the signer's public key, as `keys.json` names document keys; null for another kind of key. */
  fingerprint: string | null;
  /** Whether the signature is by that key; null where this page does not know the algorithm. */
  holds: boolean | null;
}

const MESSAGE_DIGEST = "2a864886f70d010904";
const P256 = "2a8648ce3d030107";
const ECDSA_SHA256 = "2a8648ce3d040302";
const SHA256 = "608648016503040201";

/** Read a detached signature; throws where it is not of the hub's form. */
export async function readCms(der: Bytes): Promise<Signed> {
  const [, wrapped] = children(only(der));
  const signedData = children(first(wrapped));
  const certificates = signedData.find((node) => node.tag === 0xa0);
  const signers = children(must(signedData.at(-1), 0x31));
  if (signers.length !== 1) throw form();
  const signer = children(must(signers[0], 0x30));
  const attributes = must(
    signer.find((node) => node.tag === 0xa0),
    0xa0,
  );
  const value = must(signer.at(-1)?.tag === 0x04 ? signer.at(-1) : signer.at(-2), 0x04);
  const algorithms = signer.filter((node) => node.tag === 0x30).map(oidOf);
  const digests = children(attributes).filter((node) => oidOf(node) === MESSAGE_DIGEST);
  if (digests.length !== 1 || !algorithms.includes(SHA256)) throw form();
  const digest = must(first(children(must(digests[0], 0x30))[1]), 0x04).content;

  const serial = children(must(signer[1], 0x30))[1];
  const certificate =
    certificates && children(certificates).find((node) => serial && serialOf(node) === hex(serial.whole));
  const point = certificate ? publicPoint(certificate) : null;
  if (!point || !algorithms.includes(ECDSA_SHA256)) return { digest, fingerprint: null, holds: null };
  // Signed as a SET OF, written as [0] (RFC 5652 §5.4).
  const message = concat(new Uint8Array([0x31]), attributes.whole.subarray(1));
  const key = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, flat(value.content), message);
  return { digest, fingerprint: hex(await sha256(point)), holds };
}

export const sameDigest = equal;

// SubjectPublicKeyInfo of a P-256 key: the uncompressed point.
function publicPoint(certificate: Node): Bytes | null {
  for (const node of children(first(certificate))) {
    if (node.tag !== 0x30) continue;
    const [algorithm, bits] = node.content[0] === 0x30 ? children(node) : [];
    if (algorithm?.tag !== 0x30 || bits?.tag !== 0x03) continue;
    const curve = children(algorithm)[1];
    if (curve && hex(curve.content) === P256 && bits.content.length === 66) return bits.content.slice(1);
  }
  return null;
}

function serialOf(certificate: Node): string | null {
  if (certificate.tag !== 0x30) return null;
  const [version, serial] = children(first(certificate));
  const found = version?.tag === 0xa0 ? serial : version;
  return found ? hex(found.whole) : null;
}

// SEQUENCE of two INTEGERs to r ‖ s, 32 bytes each.
function flat(der: Bytes): Bytes {
  const numbers = children(only(der)).map(({ content }) => {
    const bare = content[0] === 0 ? content.subarray(1) : content;
    if (bare.length > 32) throw form();
    return concat(new Uint8Array(32 - bare.length), bare);
  });
  return concat(...numbers);
}

const oidOf = (node: Node): string => {
  const [oid] = node.content[0] === 0x06 ? children(node) : [];
  return oid ? hex(oid.content) : "";
};

const first = (node: Node | undefined): Node => {
  const found = node && children(node)[0];
  if (!found) throw form();
  return found;
};

function only(der: Bytes): Node {
  const [node] = read(der, 1);
  if (!node) throw form();
  return node;
}

const children = (node: Node): Node[] => read(node.content, 64);

function read(der: Bytes, most: number): Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < der.length && nodes.length < most; ) {
    const tag = der[at] ?? 0;
    let length = der[at + 1] ?? 0;
    let start = at + 2;
    if (length > 0x80 && length <= 0x84) {
      const bytes = length & 0x7f;
      length = der.subarray(start, start + bytes).reduce((sum, byte) => sum * 256 + byte, 0);
      start += bytes;
    } else if (length >= 0x80) throw form();
    if (start + length > der.length) throw form();
    nodes.push({ tag, whole: der.slice(at, start + length), content: der.slice(start, start + length) });
    at = start + length;
  }
  return nodes;
}

function must(node: Node | undefined, tag: number): Node {
  if (node?.tag !== tag) throw form();
  return node;
}

const form = () => new Error("not a signature of the hub's form");
