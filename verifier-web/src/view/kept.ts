// The colleges somebody keeps: shown with where they are from and how old that is; imported, taken from the hub, forgotten.

import { base58, hex, sha256 } from "../check/bytes";
import { forgetColleges, keepColleges, keptColleges, type PinnedCollege, readColleges } from "../check/pins";
import { browserShelf } from "../check/shelf";
import { knownSites } from "../check/site";
import { h, icon } from "../dom";
import { host } from "../place";
import type { Language } from "../words";
import { loadReportWords, type ReportWord } from "../words/report";
import { Speech } from "./speech";
import "./kept.css";

/** Open the dialog; settles when it is closed. */
export async function showKept(language: Language): Promise<void> {
  const speech = new Speech(await loadReportWords(language), language);
  const shelf = browserShelf();
  const list = h("div", { class: "kept-list" });
  const result = h("p", { role: "status", class: "note" });
  const say = (word: ReportWord, good: boolean, count = "") => {
    result.className = `note check ${good ? "pass" : "unknown"}`;
    result.replaceChildren(icon(good ? "check" : "question"), h("span", {}, speech.say(word, { count })));
  };
  const paint = async (colleges: PinnedCollege[]) => list.replaceChildren(...(await shown(colleges, speech)));
  const keep = async (source: string, name: string) => {
    try {
      const colleges = await keepColleges(readColleges(source, name, new Date()), shelf, new Date());
      await paint(colleges);
      say("kept.done", true, String(colleges.length));
    } catch {
      say("kept.bad", false);
    }
  };
  const fromHub = async () => {
    const answer = await knownSites(shelf)[0]?.read("/v/colleges.json", "application/json");
    // One that lay here already is no news from the hub.
    if (answer?.ok && answer.keptAt === null) await keep(answer.body, host);
    else say("kept.unreachable", false);
  };
  const chooser = h("input", {
    type: "file",
    id: "kept-file",
    accept: ".json,application/json",
    onchange: async () => {
      const [file] = chooser.files ?? [];
      if (file) await keep(await file.text(), file.name);
    },
  });
  const forget = async () => {
    await forgetColleges(shelf);
    await paint([]);
    result.replaceChildren();
  };
  const dialog = h(
    "dialog",
    { class: "kept", "aria-labelledby": "kept-title" },
    h("h2", { id: "kept-title" }, speech.say("kept.title")),
    h("p", { class: "quiet" }, speech.say("kept.text")),
    list,
    result,
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "primary", onclick: fromHub }, icon("save"), speech.say("kept.from")),
      h("label", { for: "kept-file" }, speech.say("kept.import")),
      chooser,
      h("button", { type: "button", onclick: forget }, icon("cross"), speech.say("kept.forget")),
    ),
    h("button", { type: "button", class: "close", onclick: () => dialog.close() }, speech.say("kept.close")),
  );
  await paint(await keptColleges(shelf));
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  dialog.remove();
}

async function shown(colleges: PinnedCollege[], speech: Speech): Promise<HTMLElement[]> {
  if (colleges.length === 0) return [h("p", { class: "quiet" }, speech.say("kept.empty"))];
  return Promise.all(
    colleges.map(async (college) =>
      h(
        "details",
        { class: "kept-college" },
        h(
          "summary",
          {},
          h("b", {}, college.name ?? college.did),
          h(
            "span",
            { class: "quiet" },
            `${college.source} · ${speech.say("asOf", { date: speech.moment(college.asOf) ?? college.asOf })}`,
          ),
        ),
        h("p", { class: "mono" }, college.did),
        h("p", { class: "label" }, speech.say("kept.keys")),
        h(
          "ul",
          {},
          ...(await Promise.all(
            college.keys.map(async (key) => h("li", { class: "mono" }, await fingerprint(key.multibase))),
          )),
        ),
      ),
    ),
  );
}

async function fingerprint(multibase: string): Promise<string> {
  try {
    return hex(await sha256(base58(multibase.slice(1)).slice(2))).replace(/(.{4})(?=.)/g, "$1 ");
  } catch {
    return multibase;
  }
}
