// The report as a page: loaded together with the part that checks, when there is something to check.

import type { Outcome } from "../check/merge";
import { h, icon } from "../dom";
import type { Language } from "../words";
import { loadReportWords } from "../words/report";
import { checkColumns } from "./checks";
import { contentSection } from "./content";
import { issuerCard } from "./issuer";
import { codeComparer, paperCard } from "./paper";
import { receiptMaker, receiptSection } from "./receipt";
import { Speech } from "./speech";
import "./report.css";
import { verdictBanner } from "./verdict";

export { checkInput } from "../check";

export interface Report {
  element: HTMLElement;
  title: string;
  outcome: Outcome;
  /** Move the keyboard and the screen reader to the verdict. */
  focus(): void;
}

interface Actions {
  again(): void;
  /** To a table that this report was opened from. */
  back?(): void;
}

/** The report in a language, as a function of an outcome. */
export async function loadReport(language: Language): Promise<(outcome: Outcome, actions: Actions) => Report> {
  const words = await loadReportWords(language);
  return (outcome, actions) => {
    const speech = new Speech(words, language);
    const banner = verdictBanner(outcome, speech);
    const element = h(
      "article",
      { class: `report ${outcome.verdict}` },
      banner.element,
      paperCard(outcome, speech),
      issuerCard(outcome, speech),
      receiptSection(outcome, speech),
      checkColumns(outcome, speech),
      contentSection(outcome, speech),
      codeComparer(outcome, speech),
      receiptMaker(outcome, speech),
      h(
        "div",
        { class: "buttons last" },
        actions.back && h("button", { type: "button", onclick: actions.back }, icon("again"), speech.say("table.back")),
        h("button", { type: "button", class: "primary", onclick: actions.again }, icon("again"), words.again),
        h("button", { type: "button", onclick: () => print() }, icon("print"), words.print),
      ),
    );
    return { element, title: banner.title, outcome, focus: () => banner.heading.focus() };
  };
}
