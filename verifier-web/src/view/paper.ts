// A code can be copied onto another paper: what the college signed, large, to be held against what is in the hand; and the
// printed code, to be held against the file.

import { codeFits } from "../check";
import type { Outcome } from "../check/merge";
import { isAuthentic } from "../check/merge";
import { h, icon } from "../dom";
import { readText } from "../input";
import { host } from "../place";
import { loadWords } from "../words";
import type { Speech } from "./speech";

/** Name, number and day of a code that was scanned. */
export function paperCard(outcome: Outcome, speech: Speech): HTMLElement | null {
  const { compact } = outcome.local;
  if (!compact || !isAuthentic(outcome)) return null;
  const fact = (label: string, value: string | null, className = "") =>
    h("div", {}, h("dt", { class: "label" }, label), h("dd", { class: `large ${className}` }, value ?? ""));
  return h(
    "section",
    { class: "card paper" },
    h("h2", {}, icon("scan"), speech.say("card.title")),
    h("p", { class: "quiet" }, speech.say("card.text")),
    h(
      "dl",
      {},
      fact(speech.say("holder.title"), compact.name, "who-name"),
      fact(speech.say("content.count"), String(compact.count)),
      fact(speech.say("content.issued"), speech.day(compact.issuedAt)),
    ),
  );
}

/** Hold the printed code against a file that was checked. */
export function codeComparer(outcome: Outcome, speech: Speech): HTMLElement | null {
  const { local } = outcome;
  if (local.kind !== "portfolio" || local.compact || !local.recordHash || !isAuthentic(outcome)) return null;
  const result = h("p", { role: "status", class: "note" });
  const say = (state: "pass" | "fail" | "unknown", word: "qr.fits" | "qr.differs" | "qr.none") => {
    result.className = `note check ${state}`;
    const sign = { pass: "check", fail: "cross", unknown: "question" } as const;
    result.replaceChildren(icon(sign[state]), h("span", {}, speech.say(word)));
  };
  const judge = (text: string | null) => {
    const input = readText(text ?? "", host);
    if (typeof input === "string" || input.kind !== "token") say("unknown", "qr.none");
    else if (codeFits(input.encoded, local)) say("pass", "qr.fits");
    else say("fail", "qr.differs");
  };
  const chooser = h("input", {
    type: "file",
    id: "code-picture",
    accept: "image/*",
    onchange: async () => {
      const [file] = chooser.files ?? [];
      if (!file) return;
      const { readPicture } = await import("../camera");
      judge(await readPicture(file).catch(() => null));
    },
  });
  const scan = async () => {
    const [{ scan }, words] = await Promise.all([import("../camera"), loadWords(speech.language)]);
    const found = await scan(words);
    if (found !== null) judge(found === "no_camera" ? null : found);
  };
  return h(
    "section",
    { class: "card compare-code" },
    h("h2", {}, icon("scan"), speech.say("qr.title")),
    h("p", { class: "quiet" }, speech.say("qr.text")),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: scan }, icon("camera"), speech.say("qr.scan")),
      h("label", { for: "code-picture", class: "quiet" }, speech.say("qr.choose")),
      chooser,
    ),
    result,
  );
}
