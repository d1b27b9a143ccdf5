// The one line an employer reads.

import type { Outcome } from "../check/merge";
import { h, type Icon, icon } from "../dom";
import { ownLink } from "../place";
import type { Verdict } from "../report";
import type { ReportWord } from "../words/report";
import type { Speech } from "./speech";

export const TONES: Record<Verdict, { tone: "good" | "caution" | "bad"; icon: Icon }> = {
  valid: { tone: "good", icon: "check" },
  valid_with_remark: { tone: "caution", icon: "alert" },
  incomplete: { tone: "caution", icon: "question" },
  not_valid: { tone: "bad", icon: "cross" },
};

export function verdictBanner(outcome: Outcome, speech: Speech) {
  const { tone, icon: sign } = TONES[verdictShown(outcome)];
  const title = headline(outcome, speech);
  const heading = h("h1", { tabindex: -1, id: "verdict" }, title);
  const newer = outcome.newer && ownLink(outcome.newer);
  const element = h(
    "section",
    { class: `verdict ${tone}`, "aria-labelledby": "verdict" },
    h("span", { class: "medal" }, icon(sign)),
    h(
      "div",
      {},
      heading,
      h("p", { class: "lead" }, lead(outcome, speech)),
      outcome.lookalike && lookalike(outcome.lookalike, speech),
      newer && h("p", {}, h("a", { href: newer }, icon("link"), speech.say("newer"))),
      h("p", { class: "quiet" }, speech.say("checkedOn", { date: speech.moment(new Date().toISOString()) ?? "" })),
    ),
  );
  return { element, heading, title };
}

// A newer version is no fault; and a genuine receipt of a forgery is a genuine receipt. Neither is ever green.
export function verdictShown({ headline, verdict }: Outcome): Verdict {
  if (headline === "receipt") return verdict === "incomplete" ? "incomplete" : "valid_with_remark";
  return headline === "superseded" ? "valid_with_remark" : verdict;
}

export function headline(outcome: Outcome, speech: Speech): string {
  const date = speech.day(outcome.at);
  if (outcome.headline === "superseded" && outcome.verdict !== "not_valid")
    return speech.say("headline.supersededValid");
  const dated = date ? (`headline.${outcome.headline}At` as ReportWord) : null;
  const plain: ReportWord = `headline.${outcome.headline}`;
  const word = dated && dated in speech.words ? dated : plain;
  return speech.say(word, { college: speech.college(outcome), date: date ?? "" });
}

function lookalike({ claimed, known }: NonNullable<Outcome["lookalike"]>, speech: Speech): HTMLElement {
  return h(
    "p",
    { class: "warning" },
    icon("alert"),
    h(
      "span",
      {},
      h("b", {}, speech.say("lookalike.title")),
      " ",
      known ? speech.say("lookalike.text", { claimed, known }) : speech.say("lookalike.letters", { claimed }),
    ),
  );
}

function lead(outcome: Outcome, speech: Speech): string {
  const date = speech.day(outcome.at) ?? "";
  return speech.say(`lead.${outcome.headline}`, { college: speech.college(outcome), date });
}
