import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../src/check/bytes";
import { attachedCredential } from "../src/check/pdf";

const credential = JSON.stringify({
  type: ["VerifiableCredential", "ClrCredential"],
  name: "கவ்யா",
  endstream: "endobj",
});

interface Shape {
  body?: Uint8Array;
  flate?: boolean;
  length?: string;
  more?: string;
}

function embedded(number: number, source: string, { flate = true, length, more = "" }: Shape = {}): Uint8Array {
  const body = flate ? deflateSync(source) : utf8(source);
  const filter = flate ? "/Filter /FlateDecode" : "";
  const head = `${number} 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2Fvc ${filter} /Length ${length ?? body.length} ${more}>>\nstream\n`;
  return concat(utf8(head), body, utf8("\nendstream\nendobj\n"));
}

const pdf = (...parts: (Uint8Array | string)[]) =>
  concat(utf8("%PDF-1.7\n"), ...parts.map((part) => (typeof part === "string" ? utf8(part) : part)), utf8("%%EOF\n"));

describe("the credential attached to a PDF", () => {
  test("is found packed and unpacked", async () => {
    expect(await attachedCredential(pdf(embedded(4, credential)))).toBe(credential);
    expect(await attachedCredential(pdf(embedded(4, credential, { flate: false })))).toBe(credential);
  });

  test("is found when its length stands in another object", async () => {
    const size = deflateSync(credential).length;
    expect(
      await attachedCredential(pdf(embedded(4, credential, { length: "9 0 R" }), `9 0 obj\n${size}\nendobj\n`)),
    ).toBe(credential);
  });

  test("is found among other attachments", async () => {
    expect(await attachedCredential(pdf(embedded(3, '{"colour":"red"}'), embedded(4, credential)))).toBe(credential);
    const odd = embedded(4, credential, { more: "/Desc (octet-stream) " });
    expect(await attachedCredential(pdf(odd))).toBe(credential);
  });

  test("is not chosen when there are two different ones", async () => {
    const other = credential.replace("கவ்யா", "Arun");
    expect(await attachedCredential(pdf(embedded(3, credential), embedded(4, other)))).toBeNull();
    expect(await attachedCredential(pdf(embedded(3, credential), embedded(4, credential)))).toBe(credential);
  });

  test("is none where there is none, or where it is broken", async () => {
    expect(await attachedCredential(pdf("1 0 obj << /Type /Catalog >> endobj\n"))).toBeNull();
    expect(await attachedCredential(pdf(embedded(4, credential, { length: "3" })))).toBeNull();
    expect(
      await attachedCredential(pdf(embedded(4, credential, { flate: false, more: "/Filter /LZWDecode " }))),
    ).toBeNull();
  });

  test("that unpacks to far more than a credential can hold is left alone", async () => {
    const bomb = JSON.stringify({ type: ["VerifiableCredential"], name: "a".repeat(9_000_000) });
    expect(await attachedCredential(pdf(embedded(4, bomb)))).toBeNull();
  });
});

test("a portfolio as the hub signs it gives up what is attached", async () => {
  const signed = new Uint8Array(readFileSync(new URL("../../tests/vectors/pdf/signed.pdf", import.meta.url)));
  expect(JSON.parse((await attachedCredential(signed)) ?? "null")).toMatchObject({
    type: ["VerifiableCredential"],
    id: "https://hub.example/colleges/kct/portfolios/1",
  });
});
