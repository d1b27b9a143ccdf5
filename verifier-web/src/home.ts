// The first view: one place to drop a file, a camera, a line to paste.

import { h, type Icon, icon } from "./dom";
import { host, origin, saved } from "./place";
import { fill, LANGUAGES, type Language, type Words } from "./words";

interface Ways {
  onText(text: string): void;
  onFiles(files: File[]): void;
  onCamera(): void;
  onKept(): void;
}

export function header(words: Words, language: Language, onLanguage: (code: string) => void): HTMLElement {
  return h(
    "header",
    { class: "top" },
    h("a", { class: "skip", href: "#main", onclick: toMain }, words.skip),
    h(
      "div",
      { class: "bar" },
      h("span", { class: "brand" }, icon("shield"), h("span", {}, host, h("b", {}, words.brand))),
      h("label", { class: "sr", for: "language" }, words.language),
      h(
        "select",
        { id: "language", onchange: (event) => onLanguage((event.target as HTMLSelectElement).value) },
        ...LANGUAGES.map(({ code, name }) =>
          h("option", { value: code, lang: code, selected: code === language }, name),
        ),
      ),
    ),
  );
}

export function home(words: Words, notice: keyof Words | null, ways: Ways): HTMLElement {
  const chooser = h("input", {
    type: "file",
    id: "file",
    class: "sr",
    tabindex: -1,
    "aria-hidden": "true",
    multiple: true,
    accept: ".pdf,.json,.jsonld,application/pdf,application/json,application/vc,image/*",
    onchange: (event) => {
      ways.onFiles([...((event.target as HTMLInputElement).files ?? [])]);
    },
  });
  const paste = h("input", {
    id: "paste",
    name: "paste",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    placeholder: words.pasteHint,
    "aria-describedby": notice ? "notice" : null,
    "aria-invalid": notice ? "true" : null,
  });
  const drop = h(
    "div",
    { class: "drop", ondragenter: over(true), ondragover: over(true), ondragleave: over(false), ondrop: over(false) },
    h("span", { class: "medal" }, icon("drop")),
    h("p", { class: "drop-title" }, words.drop),
    h("p", { class: "quiet" }, words.dropHint),
    h(
      "div",
      { class: "buttons" },
      chooser,
      h("button", { type: "button", class: "primary", onclick: () => chooser.click() }, icon("file"), words.choose),
      h("button", { type: "button", onclick: ways.onCamera }, icon("camera"), words.camera),
    ),
  );
  const form = h(
    "form",
    {
      class: "paste",
      onsubmit: (event) => {
        event.preventDefault();
        ways.onText(paste.value);
      },
    },
    h("label", { for: "paste" }, words.paste),
    h("div", { class: "line" }, paste, h("button", { type: "submit" }, words.check)),
  );
  return h(
    "div",
    { class: "home" },
    h("h1", {}, words.title),
    h("p", { class: "lead" }, words.lead),
    notice && h("p", { class: "notice", id: "notice", role: "alert" }, icon("alert"), fill(words[notice], { host })),
    h("section", { class: "card ways" }, drop, form),
    h(
      "ul",
      { class: "promises" },
      promise("shield", words.private1, words.private1Text),
      promise("browser", words.private2, words.private2Text),
      promise("file", words.private3, words.private3Text),
    ),
    h(
      "ul",
      { class: "more" },
      h(
        "li",
        {},
        h("button", { type: "button", class: "plain", onclick: ways.onKept }, icon("key"), words.keep),
        h("span", { class: "quiet" }, words.keepText),
      ),
      h(
        "li",
        {},
        saved
          ? h("span", { class: "quiet" }, icon("file"), " ", fill(words.savedCopy, { host }))
          : h("a", { href: `${origin}/v/verifier.html`, download: "verifier.html" }, icon("save"), words.save),
        saved ? null : h("span", { class: "quiet" }, fill(words.saveText, { host })),
      ),
    ),
  );
}

function promise(name: Icon, title: string, text: string): HTMLElement {
  const line = fill(text, { host });
  return h("li", {}, icon(name), h("h2", {}, title), h("p", {}, line));
}

// The address keeps its fragment: it may be the QR's.
function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const over = (inside: boolean) => (event: Event) =>
  (event.currentTarget as HTMLElement).classList.toggle("over", inside);
