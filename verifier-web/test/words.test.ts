import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Speech } from "../src/view/speech";
import { csvOf } from "../src/view/table";
import { en } from "../src/words/en";
import { en as enReport } from "../src/words/en.report";
import { hi } from "../src/words/hi";
import { hi as hiReport } from "../src/words/hi.report";
import { ta } from "../src/words/ta";
import { ta as taReport } from "../src/words/ta.report";

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test.each([
  ["Hindi", hi, hiReport],
  ["Tamil", ta, taReport],
] as const)("%s says everything that English says, with the same values in it", (_, words, report) => {
  for (const [mine, theirs] of [
    [words, en],
    [report, enReport],
  ] as const) {
    expect(Object.keys(mine).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, text] of Object.entries(theirs)) {
      const other = (mine as Record<string, string>)[key] ?? "";
      expect(new Set(holes(other)), key).toEqual(new Set(holes(text)));
      expect(other, key).not.toBe("");
    }
  }
});

test("every check has a sentence for every state", () => {
  const ids = [
    "format",
    "signature",
    "issuer",
    "validity",
    "status",
    "record",
    "evidence",
    "nested",
    "pdf",
    "recipient",
    "key",
  ];
  for (const id of ids) {
    expect(enReport).toHaveProperty([`name.${id}`]);
    for (const state of ["pass", "fail"]) expect(enReport, id).toHaveProperty([`check.${id}.${state}`]);
  }
});

test("no sentence is written past the words", () => {
  const view = new URL("../src/view/", import.meta.url);
  for (const name of readdirSync(view).filter((file) => file.endsWith(".ts"))) {
    const source = readFileSync(new URL(name, view), "utf8");
    // An element's own text would stand as a string of several words among the children of `h`.
    expect(source.match(/,\s*"[A-Z][a-z]+ [a-z]+[^"]*"/g), name).toBeNull();
  }
});

test("a table for a spreadsheet holds no formula and loses no sign", () => {
  const cells = { file: '=cmd|" /C calc"', verdict: "Valid", college: "+1", name: "-Ann, B", count: "3", issued: "@x" };
  const csv = csvOf([{ cells }], new Speech(enReport, "en"));
  expect(csv.split("\r\n")[1]).toBe(`"'=cmd|"" /C calc""","Valid","'+1","'-Ann, B","3","'@x"`);
  expect(csv.startsWith("\ufeff")).toBe(true);
});
