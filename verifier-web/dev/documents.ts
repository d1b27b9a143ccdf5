// Signed documents of an invented college, for the tests and for looking at the page while working on it.

import { gzipSync } from "node:zlib";
import * as ed from "@noble/ed25519";
import canonicalize from "canonicalize";
import { concat, hex, sha256, utf8 } from "../src/check/bytes";
import type { Json, JsonObject } from "../src/check/json";

const V2 = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES = [
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
  "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
];
const CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";
const LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export interface Signer {
  did: string;
  keyId: string;
  secret: Uint8Array;
  public: Uint8Array<ArrayBuffer>;
  origin: string;
  slug: string;
}

export async function signer(host: string, slug: string, seed = 7, fragment = "key-2026-01-8d20e7"): Promise<Signer> {
  const secret = new Uint8Array(32).fill(seed);
  const did = `did:web:${host.replace(":", "%3A")}:colleges:${slug}`;
  const origin = `${/^(localhost|127)/.test(host) ? "http" : "https"}://${host}`;
  return {
    did,
    keyId: `${did}#${fragment}`,
    secret,
    public: new Uint8Array(await ed.getPublicKeyAsync(secret)),
    origin,
    slug,
  };
}

export function base58(bytes: Uint8Array): string {
  let value = BigInt(`0x${hex(bytes) || "0"}`);
  let out = "";
  for (; value > 0n; value /= 58n) out = (LETTERS[Number(value % 58n)] ?? "") + out;
  return "1".repeat(bytes.findIndex((byte) => byte !== 0)) + out;
}

export const multikey = (key: Uint8Array): string => `z${base58(concat(new Uint8Array([0xed, 0x01]), key))}`;

export function didDocument(...signers: Signer[]): JsonObject {
  const did = signers[0]?.did ?? "";
  return {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    id: did,
    verificationMethod: signers.map((one) => ({
      id: one.keyId,
      type: "Multikey",
      controller: did,
      publicKeyMultibase: multikey(one.public),
    })),
    assertionMethod: signers.map((one) => one.keyId),
  };
}

/** `keys.json`: the history of the keys. */
export function keyHistory(...signers: (Signer & { state?: string; purpose?: string })[]): JsonObject {
  return {
    id: signers[0]?.did ?? "",
    keys: signers.map((one) => ({
      kid: one.keyId,
      purpose: one.purpose ?? "credentials",
      algorithm: "Ed25519",
      publicKeyMultibase: multikey(one.public),
      state: one.state ?? "active",
      activated: "2026-01-01T00:00:00Z",
      compromisedSince: one.state === "compromised" ? "2026-01-15T00:00:00Z" : null,
    })),
  };
}

/** Sign with the jcs suite; the rdfc companion is there in form, this page does not check it. */
export async function sign(document: JsonObject, by: Signer): Promise<JsonObject> {
  const common = {
    type: "DataIntegrityProof",
    created: "2026-01-05T10:00:00Z",
    verificationMethod: by.keyId,
    proofPurpose: "assertionMethod",
  };
  const rdfc = { ...common, cryptosuite: "eddsa-rdfc-2022", proofValue: `z${base58(new Uint8Array(64).fill(9))}` };
  const jcs = { ...common, cryptosuite: "eddsa-jcs-2022", "@context": document["@context"] as Json };
  const message = concat(await sha256(utf8(canonicalize(jcs) ?? "")), await sha256(utf8(canonicalize(document) ?? "")));
  const proofValue = `z${base58(await ed.signAsync(message, by.secret))}`;
  return { ...document, proof: [rdfc, { ...jcs, proofValue }] };
}

export interface Facts {
  id: string;
  title: string;
  index: number;
  level?: string;
  role?: string;
  day?: string;
  subject?: string;
  name?: string;
}

const SUBJECT = "urn:uuid:0a6fc7e0-54a1-4b8e-9d52-5f8c1c6f8a10";

export function achievement(by: Signer, facts: Facts): JsonObject {
  const id = `${by.origin}/colleges/${by.slug}/credentials/${facts.id}`;
  const definition = `${id}#achievement`;
  return {
    "@context": [V2, ...OPEN_BADGES],
    id,
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    name: facts.title,
    issuer: { id: by.did, type: ["Profile"], name: "What the document says", url: by.origin },
    validFrom: "2026-01-05T10:00:00Z",
    awardedDate: `${facts.day ?? "2025-11-16"}T00:00:00Z`,
    credentialSubject: {
      id: facts.subject ?? SUBJECT,
      type: ["AchievementSubject"],
      identifier: [name(facts.name)],
      role: facts.role ?? "Team leader",
      activityStartDate: "2025-11-14T00:00:00Z",
      activityEndDate: `${facts.day ?? "2025-11-16"}T00:00:00Z`,
      achievement: {
        id: definition,
        type: ["Achievement"],
        achievementType: "Competition",
        name: facts.title,
        description: "Built a low-cost water quality sensor in 36 hours and presented it to the jury.",
        criteria: {
          id: `${definition}-criteria`,
          narrative: "Certificate of the organiser, name and date legible, level stated.",
        },
        tag: ["Embedded C", "Public speaking"],
        resultDescription: [
          { id: `${definition}#level`, type: ["ResultDescription"], name: "Level", resultType: "Result" },
          { id: `${definition}#outcome`, type: ["ResultDescription"], name: "Outcome", resultType: "Result" },
          { id: `${definition}#hours`, type: ["ResultDescription"], name: "Hours", resultType: "Result" },
        ],
      },
      result: [
        {
          id: `${id}#result-level`,
          type: ["Result"],
          resultDescription: `${definition}#level`,
          value: facts.level ?? "national",
        },
        { id: `${id}#result-outcome`, type: ["Result"], resultDescription: `${definition}#outcome`, value: "winner" },
        { id: `${id}#result-hours`, type: ["Result"], resultDescription: `${definition}#hours`, value: "36" },
      ],
    },
    evidence: [
      {
        id: `${by.origin}/e/k3v9`,
        type: ["Evidence"],
        name: "Certificate",
        genre: "Certificate",
        digestSRI: "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        mediaType: "application/pdf",
      },
      {
        id: "urn:uuid:9d0cb0b4-8a0b-4a5e-8d3f-6e1a2c3b4d5e",
        type: ["Evidence"],
        name: "Approval",
        genre: "Approval",
        narrative: "Approved by Computer Science and Engineering, on 2026-01-05.",
      },
    ],
    credentialStatus: status(by, "achievements-1", facts.index),
  };
}

export function portfolio(
  by: Signer,
  id: string,
  index: number,
  credentials: JsonObject[],
  subject?: string,
): JsonObject {
  return {
    "@context": [V2, CLR, ...OPEN_BADGES],
    id: `${by.origin}/colleges/${by.slug}/portfolios/${id}`,
    type: ["VerifiableCredential", "ClrCredential"],
    name: "Portfolio of Kavya Subramanian",
    description: "Achievements approved between 2023 and 2026.",
    partial: false,
    issuer: { id: by.did, type: ["Profile"], name: "What the document says", url: by.origin },
    validFrom: "2026-01-06T10:00:00Z",
    credentialSubject: {
      id: subject ?? SUBJECT,
      type: ["ClrSubject"],
      identifier: [name()],
      verifiableCredential: credentials,
    },
    credentialStatus: status(by, "portfolios-1", index),
  };
}

export function statusList(by: Signer, list: string, revoked: number[], until = "2036-01-01T00:00:00Z"): JsonObject {
  const bits = new Uint8Array(131_072 / 8);
  for (const index of revoked) bits[index >> 3] = (bits[index >> 3] ?? 0) | (128 >> (index & 7));
  const id = `${by.origin}/colleges/${by.slug}/status/${list}`;
  return {
    "@context": [V2],
    id,
    type: ["VerifiableCredential", "BitstringStatusListCredential"],
    issuer: by.did,
    validFrom: "2026-01-10T06:00:00Z",
    validUntil: until,
    credentialSubject: {
      id: `${id}#list`,
      type: "BitstringStatusList",
      statusPurpose: "revocation",
      ttl: 900_000,
      encodedList: `u${gzipSync(bits).toString("base64url")}`,
    },
  };
}

function status(by: Signer, list: string, index: number): JsonObject {
  const url = `${by.origin}/colleges/${by.slug}/status/${list}`;
  return {
    id: `${url}#${index}`,
    type: "BitstringStatusListEntry",
    statusPurpose: "revocation",
    statusListIndex: String(index),
    statusListCredential: url,
  };
}

function name(text = "Kavya Subramanian"): JsonObject {
  return { type: "IdentityObject", hashed: false, identityHash: text, identityType: "name" };
}
