import { describe, expect, test } from "vitest";
import { readFile, readLocation, readText } from "../src/input";
import { en } from "../src/words/en";
import { en as enReport } from "../src/words/en.report";
import { hi } from "../src/words/hi";
import { hi as hiReport } from "../src/words/hi.report";
import { ta } from "../src/words/ta";
import { ta as taReport } from "../src/words/ta.report";

const ID = "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
const SHORT = "N4OJYXUPB5GFPHIOH5XS2K32CE";
const CODE = `2KCE3IQBE4CER7UB${"A".repeat(100)}`;
const at = (pathname: string, hash = "") => readLocation({ host: "hub.example", pathname, hash });
const address = (document: string) => ({ kind: "address", host: "hub.example", slug: "anna-univ", document, id: ID });

describe("an address", () => {
  test("of a credential, a portfolio and its PDF", () => {
    expect(at(`/colleges/anna-univ/credentials/${ID}`)).toEqual(address("credentials"));
    expect(at(`/colleges/anna-univ/portfolios/${ID}`)).toEqual(address("portfolios"));
    expect(at(`/colleges/anna-univ/portfolios/${ID}.pdf`)).toEqual(address("portfolios"));
  });

  test("in capitals, as a QR code has it", () => {
    expect(at(`/COLLEGES/ANNA-UNIV/CREDENTIALS/${ID.toUpperCase()}`)).toEqual(address("credentials"));
  });

  test("in its short form is the same credential", () =>
    expect(at(`/C/ANNA-UNIV/${SHORT}`)).toEqual(address("credentials")));

  test("with the token of a QR code behind the #", () =>
    expect(at("/v", `#${CODE}`)).toEqual({ kind: "token", encoded: CODE }));

  test("of anything else is nothing to check", () => {
    for (const path of [
      "/v",
      "/v/",
      "/",
      "/colleges/anna-univ",
      "/colleges/x/credentials/1",
      `/C/ANNA/${SHORT}A`,
      "/C//",
    ]) {
      expect(at(path), path).toBeNull();
    }
    expect(at("/v", "#main")).toBeNull();
  });
});

describe("pasted text", () => {
  test("may be a link of this host, with or without its scheme", () => {
    for (const text of [
      `https://hub.example/colleges/anna-univ/credentials/${ID}`,
      `hub.example/C/ANNA-UNIV/${SHORT}`,
      ` HTTPS://HUB.EXAMPLE/C/ANNA-UNIV/${SHORT}\n`,
    ]) {
      expect(readText(text, "hub.example"), text).toEqual(address("credentials"));
    }
  });

  test("may be a code, alone or in its link, broken over lines", () => {
    expect(readText(`https://hub.example/v#${CODE}`, "hub.example")).toEqual({ kind: "token", encoded: CODE });
    expect(readText(`${CODE.slice(0, 40)}\n${CODE.slice(40)}`, "hub.example")).toEqual({
      kind: "token",
      encoded: CODE,
    });
  });

  test("may be a credential", () => expect(readText(' {"a":1}', "hub.example")).toMatchObject({ kind: "json" }));

  test("of another site is not followed", () => {
    expect(readText(`https://evil.example/colleges/anna-univ/credentials/${ID}`, "hub.example")).toBe("other_site");
    expect(readText(`https://hub.example@evil.example/v#x`, "hub.example")).toBe("other_site");
  });

  test("that means nothing is said to mean nothing", () => {
    expect(readText("  ", "hub.example")).toBe("empty");
    expect(readText("hello there", "hub.example")).toBe("not_understood");
    expect(readText("https://hub.example/v", "hub.example")).toBe("not_understood");
  });
});

describe("a file", () => {
  test("is known by its bytes, not by its name", async () => {
    expect(await readFile(new File(["%PDF-1.7\n"], "credential.json"))).toMatchObject({ kind: "pdf" });
    expect(await readFile(new File(['\n{"a":1}'], "portfolio.pdf"))).toMatchObject({ kind: "json" });
    expect(await readFile(new File(["hello"], "portfolio.pdf"))).toBe("unsupported_file");
    expect(await readFile(new File([new Uint8Array([0x7b, 0xff])], "x.json"))).toBe("unsupported_file");
  });
});

describe("the catalogues", () => {
  const pairs: [string, Record<string, string>, Record<string, string>][] = [
    ["Hindi, first view", en, hi],
    ["Tamil, first view", en, ta],
    ["Hindi, report", enReport, hiReport],
    ["Tamil, report", enReport, taReport],
  ];
  test.each(pairs)("%s has every sentence, with the same blanks", (_, english, other) => {
    expect(Object.keys(other).sort()).toEqual(Object.keys(english).sort());
    for (const [key, sentence] of Object.entries(other)) {
      expect(sentence.trim(), key).not.toBe("");
      const blanks = (text = "") => (text.match(/\{\w+\}/g) ?? []).sort();
      expect(blanks(sentence), key).toEqual(blanks(english[key]));
    }
  });
});
