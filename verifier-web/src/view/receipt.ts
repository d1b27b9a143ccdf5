// Receipts: one to keep of what was just checked, and what a receipt that was handed in says.

import { sha256 } from "../check/bytes";
import { askReceipt } from "../check/hub";
import type { Outcome } from "../check/merge";
import { h, icon } from "../dom";
import type { Receipt } from "../report";
import { checkList, facts } from "./checks";
import { digestSri } from "./evidence";
import { saveFile } from "./save";
import type { Speech } from "./speech";

/** Ask for a receipt of what was checked. */
export function receiptMaker({ handed, hub, local }: Outcome, speech: Speech): HTMLElement | null {
  if (!handed || !("report" in hub) || local.receipt) return null;
  const result = h("p", { role: "status", class: "note" });
  const make = (form: "pdf" | "json") => async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    button.disabled = true;
    const file = await askReceipt(handed, form, speech.language);
    button.disabled = false;
    if (file) saveFile(file, `receipt.${form}`);
    result.className = `note check ${file ? "pass" : "unknown"}`;
    const line = speech.say(file ? "receipt.made" : "receipt.failed");
    result.replaceChildren(icon(file ? "check" : "question"), h("span", {}, line));
  };
  return h(
    "section",
    { class: "card receipt-maker" },
    h("h2", {}, icon("file"), speech.say("receipt.title")),
    h("p", { class: "quiet" }, speech.say("receipt.text")),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: make("pdf") }, icon("save"), speech.say("receipt.pdf")),
      h("button", { type: "button", onclick: make("json") }, icon("save"), speech.say("receipt.json")),
    ),
    result,
  );
}

/** What a receipt says, and whether a file is the one it speaks of. */
export function receiptSection({ local: { receipt } }: Outcome, speech: Speech): HTMLElement | null {
  if (!receipt) return null;
  return h(
    "section",
    { class: "card content" },
    h("h2", { class: "label" }, speech.say("receipt.says")),
    h("p", { class: "name" }, speech.say(`verdict.${receipt.verdict}`)),
    facts([
      [speech.say("receipt.on"), speech.moment(receipt.checkedAt)],
      [speech.say("table.college"), receipt.college],
      [speech.say("content.count"), receipt.count === null ? null : String(receipt.count)],
      [speech.say("receipt.digest"), receipt.digest],
      [speech.say("receipt.octets"), String(receipt.octets)],
    ]),
    checkList(receipt.checks, speech),
    comparer(receipt, speech),
  );
}

function comparer(receipt: Receipt, speech: Speech): HTMLElement {
  const result = h("p", { role: "status", class: "note" });
  const chooser = h("input", {
    type: "file",
    id: "compare-receipt",
    onchange: async () => {
      const [file] = chooser.files ?? [];
      if (!file) return;
      const fits = digestSri(await sha256(new Uint8Array(await file.arrayBuffer()))) === receipt.digest;
      result.className = `note check ${fits ? "pass" : "fail"}`;
      const line = speech.say(fits ? "receipt.fits" : "receipt.differs", { name: file.name });
      result.replaceChildren(icon(fits ? "check" : "cross"), h("span", {}, line));
    },
  });
  const label = h("label", { for: "compare-receipt" }, speech.say("receipt.compare"));
  return h("div", { class: "compare" }, label, chooser, result);
}
