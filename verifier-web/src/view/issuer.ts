// Who issued it and to whom. The college's name and mark are the register's.

import { isAuthentic, type Outcome } from "../check/merge";
import { h } from "../dom";
import { ownLink } from "../place";
import type { Speech } from "./speech";

export function issuerCard(outcome: Outcome, speech: Speech): HTMLElement | null {
  const registered = "report" in outcome.hub ? outcome.hub.report.issuer : null;
  const claimed = outcome.local.issuer ?? registered;
  if (!claimed) return null;
  const authentic = isAuthentic(outcome);
  if (outcome.local.receipt) return null;
  const { kept } = outcome;
  const name = registered?.name ?? kept?.name ?? null;
  const source = !authentic
    ? speech.say("issuer.notChecked")
    : registered?.name
      ? speech.say("issuer.register")
      : kept?.name
        ? speech.say("issuer.kept", { source: kept.source, date: speech.day(kept.asOf) ?? "" })
        : speech.say("issuer.notRegister");
  const subject =
    outcome.local.subject?.name ?? ("report" in outcome.hub ? (outcome.hub.report.subject?.name ?? null) : null);
  return h(
    "section",
    { class: authentic ? "card who" : "card who doubtful" },
    mark(name ?? claimed.domain, authentic ? (registered?.logo_url ?? null) : null),
    h(
      "div",
      {},
      h("h2", { class: "label" }, speech.say(authentic ? "issuer.title" : "issuer.claimed")),
      h("p", { class: "name" }, name ?? claimed.domain),
      h("p", { class: "mono" }, claimed.did),
      h("p", { class: "quiet" }, name ? `${claimed.domain} · ${source}` : source),
    ),
    subject !== null &&
      h(
        "div",
        {},
        h("h2", { class: "label" }, speech.say(authentic ? "holder.title" : "holder.claimed")),
        h("p", { class: "name" }, subject),
        second(outcome),
      ),
  );
}

function second(outcome: Outcome): HTMLElement | null {
  const { secondName, secondLanguage } = outcome.local.compact ?? {};
  return secondName ? h("p", { lang: secondLanguage ?? null }, secondName) : null;
}

// A mark is shown from this host only; otherwise the college's first letter.
function mark(name: string, logo: string | null): HTMLElement {
  const path = logo && ownLink(logo);
  return path
    ? h("img", { class: "mark", src: path, alt: "" })
    : h("span", { class: "mark letter", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
}
