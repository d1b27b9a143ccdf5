// Many files at once: a verdict for each, to be sorted, opened, saved.

import type { Outcome } from "../check/merge";
import { isAuthentic } from "../check/merge";
import { h, icon } from "../dom";
import type { Verdict } from "../report";
import type { Language } from "../words";
import { loadReportWords, type ReportWord } from "../words/report";
import { saveFile } from "./save";
import { Speech } from "./speech";
import "./table.css";
import { headline, TONES, verdictShown } from "./verdict";

/** A file, and what came of it: an outcome, or why it was not checked. */
export interface Handed {
  name: string;
  result: Outcome | string;
}

export interface Table {
  element: HTMLElement;
  title: string;
  handed: Handed[];
  focus(): void;
}

interface Actions {
  again(): void;
  open(handed: Handed): void;
}

interface Row {
  handed: Handed;
  /** Worst first, when sorted by it. */
  rank: number;
  cells: Record<Column, string>;
}

const COLUMNS = ["file", "verdict", "college", "name", "count", "issued"] as const;
type Column = (typeof COLUMNS)[number];
const WORST_FIRST: Verdict[] = ["not_valid", "incomplete", "valid_with_remark", "valid"];

/** The table in a language, as a function of what was handed in. */
export async function loadTable(language: Language): Promise<(handed: Handed[], actions: Actions) => Table> {
  const speech = new Speech(await loadReportWords(language), language);
  return (handed, actions) => {
    const rows = handed.map((one) => rowOf(one, speech));
    const title = speech.say("table.title", { count: String(rows.length) });
    const heading = h("h1", { tabindex: -1, id: "verdict" }, title);
    const body = h("tbody", {});
    let order: { column: Column; down: boolean } = { column: "verdict", down: false };
    const heads = COLUMNS.map((column) =>
      h(
        "th",
        { scope: "col", class: `col-${column}` },
        h("button", { type: "button", class: "plain", onclick: () => sortBy(column) }, speech.say(`table.${column}`)),
      ),
    );
    const sortBy = (column: Column) => {
      order = { column, down: order.column === column && !order.down };
      paint();
    };
    const paint = () => {
      const sorted = [...rows].sort((a, b) => compare(a, b, order.column, language));
      if (order.down) sorted.reverse();
      body.replaceChildren(...sorted.map((row) => line(row, speech, actions)));
      for (const [place, head] of heads.entries()) {
        const mine = COLUMNS[place] === order.column;
        head.setAttribute("aria-sort", mine ? (order.down ? "descending" : "ascending") : "none");
      }
    };
    paint();
    const csv = () => saveFile(new Blob([csvOf(rows, speech)], { type: "text/csv;charset=utf-8" }), "verdicts.csv");
    const element = h(
      "article",
      { class: "report table" },
      heading,
      h("p", { class: "totals" }, ...totals(rows, speech)),
      h("p", { class: "quiet no-print" }, speech.say("table.hint")),
      h(
        "div",
        { class: "card scroll", tabindex: 0, role: "region", "aria-labelledby": "verdict" },
        h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body),
      ),
      h(
        "div",
        { class: "buttons last" },
        h("button", { type: "button", class: "primary", onclick: actions.again }, icon("again"), speech.say("again")),
        h("button", { type: "button", onclick: csv }, icon("save"), speech.say("table.csv")),
        h("button", { type: "button", onclick: () => print() }, icon("print"), speech.say("print")),
      ),
    );
    return { element, title, handed, focus: () => heading.focus() };
  };
}

function rowOf(handed: Handed, speech: Speech): Row {
  const { name: file, result } = handed;
  const empty = { college: "", name: "", count: "", issued: "" };
  if (typeof result === "string") {
    const known = `table.unread.${result}` as ReportWord;
    const reason = speech.words[known] ?? speech.say("table.unread.not_understood");
    return { handed, rank: 0.5, cells: { ...empty, file, verdict: speech.say("table.unread", { reason }) } };
  }
  const { local, hub } = result;
  const report = "report" in hub ? hub.report : null;
  const authentic = isAuthentic(result) && !local.receipt;
  // What is only claimed does not stand in a table, where nobody reads the small print.
  const facts = authentic
    ? {
        college: speech.college(result),
        name: local.subject?.name ?? report?.subject?.name ?? "",
        count: String(local.compact?.count ?? local.content?.count ?? report?.content?.count ?? ""),
        issued: (local.compact?.issuedAt ?? local.content?.valid_from ?? "").slice(0, 10),
      }
    : empty;
  return {
    handed,
    rank: WORST_FIRST.indexOf(verdictShown(result)),
    cells: { ...facts, file, verdict: headline(result, speech) },
  };
}

function line(row: Row, speech: Speech, actions: Actions): HTMLElement {
  const { result } = row.handed;
  const { tone, icon: sign } = typeof result === "string" ? TONES.incomplete : TONES[verdictShown(result)];
  const file =
    typeof result === "string"
      ? row.cells.file
      : h("button", { type: "button", class: "plain link", onclick: () => actions.open(row.handed) }, row.cells.file);
  return h(
    "tr",
    {},
    h("th", { scope: "row", class: "col-file" }, file),
    h("td", { class: "col-verdict" }, h("span", { class: `pill ${tone}` }, icon(sign), row.cells.verdict)),
    ...COLUMNS.slice(2).map((column) =>
      h("td", { class: `col-${column}`, "data-label": speech.say(`table.${column}`) }, row.cells[column]),
    ),
  );
}

function totals(rows: Row[], speech: Speech): HTMLElement[] {
  const shown = rows.map(({ handed: { result } }) =>
    typeof result === "string" ? "incomplete" : verdictShown(result),
  );
  return WORST_FIRST.flatMap((verdict) => {
    const count = shown.filter((one) => one === verdict).length;
    const { tone, icon: sign } = TONES[verdict];
    return count
      ? [h("span", { class: `pill ${tone}` }, icon(sign), `${count} × ${speech.say(`verdict.${verdict}`)}`)]
      : [];
  });
}

function compare(a: Row, b: Row, column: Column, language: Language): number {
  if (column === "verdict" && a.rank !== b.rank) return a.rank - b.rank;
  if (column === "count") return Number(a.cells.count) - Number(b.cells.count);
  return a.cells[column].localeCompare(b.cells[column], language, { numeric: true });
}

/** RFC 4180, with a byte order mark for spreadsheets, and no cell that one would take for a formula. */
export function csvOf(rows: { cells: Record<Column, string> }[], speech: Speech): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const lines = [
    COLUMNS.map((column) => speech.say(`table.${column}`)),
    ...rows.map(({ cells }) => COLUMNS.map((column) => cells[column])),
  ];
  return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
