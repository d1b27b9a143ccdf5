// What an employer holds in the hand: a portfolio as its student exported it, a credential from it, and forgeries of both.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type APIRequestContext, expect } from "@playwright/test";
import { readCodes, renderPage } from "./paper";
import { loginOf, token } from "./people";

export interface Papers {
  /** The signed file. */
  pdf: Buffer;
  path: string;
  /** Address of the portfolio. */
  url: string;
  /** The portfolio's credential, as published. */
  portfolio: string;
  /** One achievement's credential, as published, and its address. */
  credential: string;
  credentialUrl: string;
  /** The text of the printed code. */
  code: string;
  holder: string;
  college: string;
}

/** The papers of a student of the demo; exporting twice gives the same. */
export async function papersOf(request: APIRequestContext, college?: string): Promise<Papers> {
  const student = await loginOf(request, /^Student/, college);
  const headers = { authorization: `Bearer ${await token(request, student)}` };
  const made = await request.post("/api/portfolio/exports/", { headers, data: {} });
  expect([200, 201, 202], "an export is made").toContain(made.status());
  let exported = (await made.json()) as { id: string; state: string; url: string; file_url: string };
  await expect(async () => {
    exported = await (await request.get(`/api/portfolio/exports/${exported.id}/`, { headers })).json();
    expect(exported.state).toBe("done");
  }).toPass({ timeout: 120_000 });
  const pdf = await (await request.get(exported.file_url, { headers })).body();
  const path = join(await mkdtemp(join(tmpdir(), "papers-")), "portfolio.pdf");
  await writeFile(path, pdf);
  const portfolio = await (await request.get(exported.url, { headers: { accept: "application/vc" } })).text();
  const [inside] = JSON.parse(portfolio).credentialSubject.verifiableCredential;
  const code = (await readCodes(await renderPage(path, 1))).find((text) => text.includes("/v#"));
  expect(code, "the first page carries the large code").toBeDefined();
  return {
    pdf,
    path,
    url: exported.url,
    portfolio,
    credential: JSON.stringify(inside),
    credentialUrl: inside.id,
    code: code as string,
    holder: student.name,
    college: student.college_name,
  };
}

/** A file to hand in. */
export const file = (name: string, buffer: Buffer | string, mimeType = "application/octet-stream") => ({
  name,
  mimeType,
  buffer: Buffer.from(buffer),
});

/** The same PDF with something done to it after it was signed. */
export const tampered = (pdf: Buffer): Record<string, Buffer> => {
  const flipped = Buffer.from(pdf);
  const place = flipped.indexOf("/FlateDecode") + 60;
  flipped[place] = (flipped[place] ?? 0) ^ 1;
  const text = pdf.toString("latin1");
  const range = /\/ByteRange\s*\[[^\]]*\]/.exec(text)?.[0] ?? "";
  const narrower = range.replace(/(\d+)(\s*\])$/, (_, number: string, rest: string) => {
    const less = String(Number(number) - 20);
    return less.padStart(number.length) + rest;
  });
  return {
    "a byte of a page": flipped,
    "an appended revision": Buffer.concat([pdf, Buffer.from("\n99 0 obj\n<</Type/Page>>\nendobj\n%%EOF\n")]),
    "a hidden revision that calls itself validation data": Buffer.concat([
      pdf,
      Buffer.from("\n99 0 obj\n<</Type/DSS>>\nendobj\n58 0 obj\n<</Type/Page>>\nendobj\n%%EOF\n"),
    ]),
    "the end cut off": pdf.subarray(0, pdf.length - 40),
    "a narrower byte range": Buffer.from(text.replace(range, narrower), "latin1"),
    "the signature taken out": Buffer.from(text.replace(range, range.replace("ByteRange", "ByteRanje")), "latin1"),
  };
};

/** The same credential with something changed in it. */
export const forged = (credential: string): Record<string, string> => {
  const change = (how: (document: Record<string, unknown>) => void): string => {
    const document = JSON.parse(credential);
    how(document);
    return JSON.stringify(document);
  };
  return {
    "another name": change((one) => {
      one.name = "Something greater";
    }),
    "another holder": change((one) => {
      (one.credentialSubject as { identifier: { identityHash: string }[] }).identifier = [];
    }),
    "a proof taken away": change((one) => {
      one.proof = (one.proof as unknown[]).slice(0, 1);
    }),
    "one context more": change((one) => {
      one["@context"] = [...(one["@context"] as string[]), "https://w3id.org/security/data-integrity/v2"];
    }),
    "another college's name on it": change((one) => {
      (one.issuer as { name: string }).name = "A Greater University";
    }),
    "a key of nobody": change((one) => {
      for (const proof of one.proof as { verificationMethod: string }[]) {
        proof.verificationMethod = proof.verificationMethod.replace(/#.*/, "#key-2020-01-000000");
      }
    }),
  };
};
