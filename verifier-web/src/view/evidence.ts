// Compare a file the employer was given with the digests the college signed. The file does not leave the browser.

import { sha256 } from "../check/bytes";
import { h, icon } from "../dom";
import type { Evidence } from "../report";
import type { Speech } from "./speech";

export function comparer(evidence: Evidence[], speech: Speech): HTMLElement {
  const result = h("p", { role: "status", class: "note" });
  const chooser = h("input", {
    type: "file",
    id: "compare",
    onchange: async () => {
      const [file] = chooser.files ?? [];
      if (!file) return;
      const digest = digestSri(await sha256(new Uint8Array(await file.arrayBuffer())));
      const match = evidence.find((one) => one.digest === digest);
      result.className = `note check ${match ? "pass" : "fail"}`;
      result.replaceChildren(
        icon(match ? "check" : "cross"),
        h(
          "span",
          {},
          match
            ? speech.say("content.compareFits", { name: file.name, evidence: match.name })
            : speech.say("content.compareDiffers", { name: file.name }),
        ),
      );
    },
  });
  return h("div", { class: "compare" }, h("label", { for: "compare" }, speech.say("content.compare")), chooser, result);
}

// Subresource Integrity form: `sha256-` and padded base64.
export function digestSri(digest: Uint8Array): string {
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
