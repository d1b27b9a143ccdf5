// What the credential says, read from the signed document, with every achievement's own state.

import { isAuthentic, mergeNested, type Outcome, ofChecks } from "../check/merge";
import { h, icon } from "../dom";
import { origin, ownLink } from "../place";
import type { Content, HubReport, LocalContent, LocalReport, Verdict } from "../report";
import type { ReportWord } from "../words/report";
import { checkList, facts } from "./checks";
import { comparer } from "./evidence";
import type { Speech } from "./speech";
import { TONES } from "./verdict";

export function contentSection(outcome: Outcome, speech: Speech): HTMLElement | null {
  const report = "report" in outcome.hub ? outcome.hub.report : null;
  const { local } = outcome;
  const content = local.content ?? (local.compact ? null : (report?.content ?? null));
  if (local.receipt || (!content && !local.compact)) return null;
  const authentic = isAuthentic(outcome);
  const items = local.nested.length > 0 ? local.nested : (report?.nested ?? []).filter((item) => item.content);
  const source = local.content || local.compact ? "content.from" : "content.fromHub";
  return h(
    "section",
    { class: authentic ? "card content" : "card content doubtful" },
    h("h2", { class: "label" }, speech.say(authentic ? "content.title" : "content.claims")),
    content && h("p", { class: "name" }, content.name),
    authentic && h("p", { class: "quiet" }, speech.say(source)),
    fromCode(local, authentic, speech),
    content && local.kind !== "portfolio" && achievementFacts(content, speech),
    content && local.kind === "portfolio" && content.description ? h("p", {}, content.description) : null,
    content && content.evidence.length > 0 && evidenceList(content, speech),
    items.length > 0 &&
      h("ol", { class: "items" }, ...items.map((item) => itemRow(item, twin(item.id, report), speech))),
    authentic && evidenceOf(outcome).length > 0 && comparer(evidenceOf(outcome), speech),
  );
}

function fromCode({ compact, issuer, content }: LocalReport, authentic: boolean, speech: Speech): HTMLElement | null {
  if (!compact) return null;
  const slug = issuer?.did.split(":").at(-1);
  return h(
    "div",
    {},
    facts([
      [speech.say("content.programme"), compact.programme],
      [speech.say("content.college"), compact.college],
    ]),
    content || !authentic
      ? null
      : h(
          "p",
          {},
          h(
            "a",
            { href: ownLink(`${origin}/colleges/${slug}/portfolios/${compact.portfolio}`) },
            icon("link"),
            speech.say("openPortfolio"),
          ),
        ),
  );
}

// One achievement: a line with its own state, the rest behind it.
function itemRow(item: LocalReport | HubReport, hub: HubReport | null, speech: Speech): HTMLElement {
  const isLocal = "keyFingerprint" in item;
  const verdict = isLocal ? mergeNested(item, hub) : ofChecks(item.checks);
  const { content } = item;
  if (!content) return h("li", { class: "item" }, pill(verdict, speech));
  const summary = [speech.term("level", content.level), content.role, speech.day(content.awarded_on)]
    .filter(Boolean)
    .join(" · ");
  return h(
    "li",
    {},
    h(
      "details",
      { class: "item" },
      h(
        "summary",
        {},
        h("span", { class: "item-name" }, h("b", {}, content.name), h("span", { class: "quiet" }, summary)),
        pill(verdict, speech),
      ),
      achievementFacts(content, speech),
      content.evidence.length > 0 && evidenceList(content, speech),
      address(item.id, speech),
      h("h3", {}, speech.say("local.title")),
      isLocal ? checkList(item.checks, speech) : h("p", { class: "quiet" }, speech.say("word.unknown")),
      (hub ?? !isLocal) ? h("h3", {}, speech.say("hub.title")) : null,
      hub ? checkList(hub.checks, speech) : !isLocal && checkList(item.checks, speech),
    ),
  );
}

function pill(verdict: Verdict, speech: Speech): HTMLElement {
  const { tone, icon: sign } = TONES[verdict];
  return h("span", { class: `pill ${tone}` }, icon(sign), speech.say(`verdict.${verdict}`));
}

function achievementFacts(content: Content | LocalContent, speech: Speech): HTMLElement {
  const more = "results" in content ? content : null;
  const dates = [more?.started_on ?? null, content.awarded_on].map((time) => speech.day(time)).filter(Boolean);
  return h(
    "div",
    { class: "achievement" },
    content.description && h("p", {}, content.description),
    facts([
      [speech.say("content.type"), content.achievement_type],
      [speech.say("content.level"), speech.term("level", content.level)],
      [speech.say("content.outcome"), speech.term("outcome", more?.outcome ?? null)],
      [speech.say("content.role"), content.role],
      [speech.say("content.dates"), [...new Set(dates)].join(" – ")],
      ...(more?.results ?? []).map((result): [string, string] => [result.name, result.value]),
      [speech.say("content.skills"), more?.skills.join(", ")],
      [speech.say("content.issued"), speech.day(content.valid_from)],
      [speech.say("content.approval"), more?.approval],
      [speech.say("content.criteria"), content.criteria],
    ]),
  );
}

function evidenceList(content: Content, speech: Speech): HTMLElement {
  return h(
    "div",
    {},
    h("h3", {}, speech.say("content.evidence")),
    h(
      "ul",
      { class: "evidence" },
      ...content.evidence.map((file) =>
        h(
          "li",
          {},
          icon("file"),
          h("span", {}, file.name, file.media_type && h("span", { class: "quiet" }, ` ${file.media_type}`)),
          h("code", { title: speech.say("content.digest") }, file.digest ?? ""),
        ),
      ),
    ),
  );
}

function address(id: string | null, speech: Speech): HTMLElement | null {
  const path = id && ownLink(id);
  const label: ReportWord = "content.address";
  return path ? h("p", { class: "quiet" }, `${speech.say(label)}: `, h("a", { href: path }, path)) : null;
}

const twin = (id: string | null, report: HubReport | null): HubReport | null =>
  report?.nested.find((one) => one.id === id) ?? null;

// Digests count only where the signature over them does.
function evidenceOf({ local }: Outcome) {
  return [local, ...local.nested]
    .filter((report) => report.checks.some((one) => one.id === "signature" && one.state === "pass"))
    .flatMap((report) => report.content?.evidence ?? []);
}
