// The employer's page: decides from the address what to check, or asks for it.

import { h } from "./dom";
import { header, home } from "./home";
import { type Input, type NoInput, readFile, readLocation, readText } from "./input";
import type { Report } from "./view";
import { asLanguage, fill, type Language, loadWords, preferredLanguage, rememberLanguage, type Words } from "./words";

type View =
  | { name: "home"; notice: NoInput | "broken" | "noQr" | "noCamera" | null }
  | { name: "busy"; what: string | null }
  | { name: "report"; report: Report };

const PREFETCH_MS = 1500;

const page = document.getElementById("page") ?? document.body;
let language: Language = preferredLanguage();
let words: Words;
let view: View = { name: "home", notice: null };
// A check that was overtaken by another must not paint its answer.
let current = 0;

async function start(): Promise<void> {
  words = await loadWords(language);
  addEventListener("hashchange", readAddress);
  addEventListener("popstate", readAddress);
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", onDrop);
  readAddress();
  // The part that checks comes along while somebody looks for the file, and is there if the network then goes.
  setTimeout(() => void import("./view").catch(() => undefined), PREFETCH_MS);
}

function readAddress(): void {
  const input = readLocation(location);
  if (input) void run(input);
  else show({ name: "home", notice: location.hash.length > 1 || !atHome() ? "not_understood" : null });
}

async function run(input: Input): Promise<void> {
  current += 1;
  const mine = current;
  show({ name: "busy", what: "name" in input ? input.name : null });
  try {
    const { checkInput, loadReport } = await import("./view");
    const [outcome, report] = await Promise.all([checkInput(input), loadReport(language)]);
    if (mine === current) show({ name: "report", report: report(outcome, { again: goHome }) });
  } catch {
    if (mine === current) show({ name: "home", notice: "broken" });
  }
}

function show(next: View): void {
  view = next;
  document.documentElement.lang = language;
  const main = h("main", { id: "main", tabindex: -1 });
  if (view.name === "home") {
    main.append(home(words, view.notice, { onText, onFile, onCamera }));
    document.title = `${words.title} · ${words.brand}`;
  } else if (view.name === "busy") {
    const line = view.what ? fill(words.reading, { name: view.what }) : words.checking;
    main.append(h("p", { class: "busy", role: "status" }, h("span", { class: "spinner" }), line));
  } else {
    main.append(view.report.element);
    document.title = `${view.report.title} · ${words.brand}`;
  }
  page.replaceChildren(header(words, language, onLanguage), main);
  // The verdict is what a screen reader hears first, and where the keyboard goes on.
  if (view.name === "report") view.report.focus();
  else if (view.name === "home" && view.notice) main.querySelector<HTMLElement>("#paste")?.focus();
}

function onText(text: string): void {
  take(readText(text, location.host));
}

async function onFile(file: File): Promise<void> {
  if (file.type.startsWith("image/")) {
    const { readPicture } = await import("./camera");
    const text = await readPicture(file).catch(() => null);
    if (text === null) show({ name: "home", notice: "noQr" });
    else onText(text);
    return;
  }
  take(await readFile(file));
}

async function onCamera(): Promise<void> {
  const { scan } = await import("./camera");
  const found = await scan(words);
  if (found === "no_camera") show({ name: "home", notice: "noCamera" });
  else if (found !== null) onText(found);
}

function take(input: Input | NoInput): void {
  if (typeof input === "string") show({ name: "home", notice: input });
  else void run(input);
}

function onDrop(event: DragEvent): void {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file) void onFile(file);
  else onText(event.dataTransfer?.getData("text/plain") ?? "");
}

async function onLanguage(code: string): Promise<void> {
  language = asLanguage(code) ?? "en";
  rememberLanguage(language);
  words = await loadWords(language);
  if (view.name === "report") {
    const { loadReport } = await import("./view");
    const report = await loadReport(language);
    show({ name: "report", report: report(view.report.outcome, { again: goHome }) });
  } else show(view);
  document.getElementById("language")?.focus();
}

function goHome(): void {
  current += 1;
  if (!atHome() || location.hash !== "") history.pushState(null, "", import.meta.env.BASE_URL.replace(/\/$/, ""));
  show({ name: "home", notice: null });
  document.getElementById("main")?.focus();
}

const atHome = (): boolean => `${location.pathname.replace(/\/$/, "")}/` === import.meta.env.BASE_URL;

void start();
