// Check by check, the two witnesses apart.

import type { Outcome } from "../check/merge";
import { h, type Icon, icon } from "../dom";
import { host } from "../place";
import type { Check, CheckState } from "../report";
import { fill } from "../words";
import { type ReportWord, sentenceOf } from "../words/report";
import type { Speech } from "./speech";

const SIGNS: Record<CheckState, Icon> = {
  pass: "check",
  fail: "cross",
  warn: "alert",
  unknown: "question",
  not_applicable: "dash",
};

export function checkColumns(outcome: Outcome, speech: Speech): HTMLElement {
  const { local, hub } = outcome;
  return h(
    "div",
    { class: "columns" },
    h(
      "section",
      { class: "card" },
      h("h2", {}, icon("browser"), speech.say("local.title")),
      h("p", { class: "quiet" }, speech.say("local.text")),
      checkList(local.checks, speech),
      local.keyFingerprint && fingerprints(local.keyFingerprint, local.recordHash, speech),
    ),
    h(
      "section",
      { class: "card" },
      h("h2", {}, icon("hub"), speech.say("hub.title")),
      h("p", { class: "quiet" }, speech.say("hub.text")),
      "report" in hub
        ? checkList(hub.report.checks, speech)
        : h("p", { class: "note check unknown" }, icon("question"), h("span", {}, speech.say(`hub.${hub.failed}`))),
      outcome.disagree &&
        h("p", { class: "note check fail" }, icon("cross"), h("span", {}, speech.say("hub.disagrees"))),
    ),
  );
}

export function checkList(checks: Check[], speech: Speech): HTMLElement {
  return h("ul", { class: "checks" }, ...grouped(checks).map((alike) => checkRow(alike, speech)));
}

// Two proofs or ten evidence files that came out alike are one line, with the details of each behind it.
function grouped(checks: Check[]): Check[][] {
  const kinds = checks.map((one) => `${one.id} ${one.state} ${sameSentence(one)}`);
  return [...new Set(kinds)].map((kind) => checks.filter((_, place) => kinds[place] === kind));
}

const sameSentence = (one: Check): string => (one.state === "pass" ? "" : one.code);

function checkRow(alike: Check[], speech: Speech): HTMLElement | null {
  const [one] = alike;
  if (!one) return null;
  const state = one.state in SIGNS ? one.state : "fail";
  const name: ReportWord = `name.${one.id}`;
  return h(
    "li",
    {},
    h(
      "details",
      { class: `check ${state}` },
      h(
        "summary",
        {},
        icon(SIGNS[state]),
        h(
          "span",
          {},
          h("b", {}, speech.words[name] ?? one.id),
          " ",
          h("span", { class: "state" }, speech.say(one.code === "from_hub" ? "word.fromHub" : `word.${state}`)),
          h("span", { class: "sentence" }, fill(sentenceOf(one, speech.words), { host }), age(one, speech)),
        ),
        h("span", { class: "sr" }, speech.say("details")),
      ),
      ...alike.map((each) => technical(each, speech)),
    ),
  );
}

// Whatever was not asked just now says from when it is.
function age(one: Check, speech: Speech): string {
  const old = one.state === "unknown" || one.id === "key" || one.id === "status";
  const date = old && one.as_of ? speech.moment(one.as_of) : null;
  return date ? ` (${speech.say("asOf", { date })})` : "";
}

function technical(one: Check, speech: Speech): HTMLElement {
  const rows: [ReportWord, string | null | undefined][] = [
    ["detail.message", one.message],
    ["detail.code", `${one.id}.${one.code}`],
    ["detail.proof", one.proof],
    ["detail.key", one.key],
    ["detail.source", one.source],
    ["detail.asOf", one.as_of && (speech.moment(one.as_of) ?? one.as_of)],
    ["detail.at", one.at && (speech.moment(one.at) ?? one.at)],
    ["detail.reason", one.reason],
    ["detail.path", one.path],
    ["kept.source", one.id === "key" ? one.link : null],
  ];
  return facts(rows.map(([word, value]) => [speech.say(word), value]));
}

/** A list of names and values; without the empty ones. */
export function facts(rows: [string, string | null | undefined][], className = "facts"): HTMLElement {
  return h(
    "dl",
    { class: className },
    ...rows.flatMap(([name, value]) => (value ? [h("div", {}, h("dt", {}, name), h("dd", {}, value))] : [])),
  );
}

function fingerprints(key: string, record: string | null, speech: Speech): HTMLElement {
  return h(
    "details",
    { class: "own" },
    h("summary", {}, speech.say("detail.fingerprint")),
    h("p", {}, speech.say("local.key")),
    h("p", { class: "mono" }, spaced(key)),
    facts([[speech.say("detail.record"), record && spaced(record)]]),
  );
}

const spaced = (hex: string): string => hex.replace(/(.{4})(?=.)/g, "$1 ");
