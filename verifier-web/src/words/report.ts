// The report's sentences: loaded with the report, not with the first view.

import type { Check } from "../report";
import { en, type ReportWord, type ReportWords } from "./en.report";
import type { Language } from "./index";

export type { ReportWord, ReportWords };

export async function loadReportWords(language: Language): Promise<ReportWords> {
  if (language === "hi") return (await import("./hi.report")).hi;
  if (language === "ta") return (await import("./ta.report")).ta;
  return en;
}

/** The plain sentence of a check; a code this page has no words for falls back to the check's state. */
export function sentenceOf(check: Check, words: ReportWords): string {
  const own = `check.${check.id}.${check.code}`;
  const general = `check.${check.id}.${check.state}`;
  // "ok" beside anything but a pass would be a contradiction; the state wins.
  const sentence = own in words && check.code !== "ok" ? own : general;
  return words[sentence as ReportWord] ?? check.message;
}
