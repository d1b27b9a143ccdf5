// The employer's page: decides from the address what to check, or asks for it.

import { h } from "./dom";
import { header, home } from "./home";
import { type Input, type NoInput, readFile, readLocation, readText } from "./input";
import { hubs, saved } from "./place";
import type { Report } from "./view";
import type { Handed, Table } from "./view/table";
import { asLanguage, fill, type Language, loadWords, preferredLanguage, rememberLanguage, type Words } from "./words";

type View =
  | { name: "home"; notice: NoInput | "broken" | "noQr" | "noCamera" | "tooMany" | null }
  | { name: "busy"; line: string }
  | { name: "report"; report: Report; back: View | null }
  | { name: "table"; table: Table };

const PREFETCH_MS = 1500;
const MOST_FILES = 50;

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
  setTimeout(() => void import("./view").then(() => import("./offline")).catch(() => undefined), PREFETCH_MS);
}

function readAddress(): void {
  const input = readLocation(saved ? { host: "", pathname: "/", hash: location.hash } : location);
  if (input) void run(input);
  else show({ name: "home", notice: location.hash.length > 1 || !atHome() ? "not_understood" : null });
}

async function run(input: Input): Promise<void> {
  current += 1;
  const mine = current;
  show({
    name: "busy",
    line: "name" in input && input.name ? fill(words.reading, { name: input.name }) : words.checking,
  });
  try {
    const { checkInput, loadReport } = await import("./view");
    const [outcome, report] = await Promise.all([checkInput(input), loadReport(language)]);
    if (mine === current) show({ name: "report", report: report(outcome, { again: goHome }), back: null });
  } catch {
    if (mine === current) show({ name: "home", notice: "broken" });
  }
}

// Each by itself, two at a time: the hub is asked for every one of them.
async function runMany(files: File[]): Promise<void> {
  current += 1;
  const mine = current;
  const handed: Handed[] = files.map(({ name }) => ({ name, result: "broken" }));
  const progress = (done: number) =>
    show({ name: "busy", line: fill(words.checkingMany, { done: String(done), all: String(files.length) }) });
  progress(0);
  try {
    const [{ checkInput }, { loadTable }] = await Promise.all([import("./view"), import("./view/table")]);
    const waiting = [...files.entries()];
    let done = 0;
    const work = async () => {
      for (let next = waiting.shift(); next && mine === current; next = waiting.shift()) {
        const [place, file] = next;
        const input = await inputOf(file).catch(() => "broken" as const);
        const result = typeof input === "string" ? input : await checkInput(input).catch(() => "broken" as const);
        handed[place] = { name: file.name, result };
        done += 1;
        if (mine === current) progress(done);
      }
    };
    await Promise.all([work(), work()]);
    const table = await loadTable(language);
    if (mine === current) show({ name: "table", table: table(handed, tableActions) });
  } catch {
    if (mine === current) show({ name: "home", notice: "broken" });
  }
}

const tableActions = {
  again: goHome,
  open: async ({ result }: Handed) => {
    if (typeof result === "string") return;
    const { loadReport } = await import("./view");
    const report = await loadReport(language);
    const back = view;
    show({ name: "report", report: report(result, { again: goHome, back: () => show(back) }), back });
  },
};

function show(next: View): void {
  view = next;
  document.documentElement.lang = language;
  const main = h("main", { id: "main", tabindex: -1 });
  if (view.name === "home") {
    main.append(home(words, view.notice, { onText, onFiles, onCamera, onKept }));
    document.title = `${words.title} · ${words.brand}`;
  } else if (view.name === "busy") {
    main.append(h("p", { class: "busy", role: "status" }, h("span", { class: "spinner" }), view.line));
  } else {
    const shown = view.name === "report" ? view.report : view.table;
    main.append(shown.element);
    document.title = `${shown.title} · ${words.brand}`;
  }
  page.replaceChildren(header(words, language, onLanguage), main);
  // The verdict is what a screen reader hears first, and where the keyboard goes on.
  if (view.name === "report") view.report.focus();
  else if (view.name === "table") view.table.focus();
  else if (view.name === "home" && view.notice) main.querySelector<HTMLElement>("#paste")?.focus();
}

function onText(text: string): void {
  take(readText(text, ...hubs.map((hub) => new URL(hub).host)));
}

async function inputOf(file: File): Promise<Input | NoInput | "noQr"> {
  if (!file.type.startsWith("image/")) return readFile(file);
  const { readPicture } = await import("./camera");
  const text = await readPicture(file).catch(() => null);
  return text === null ? "noQr" : readText(text, ...hubs.map((hub) => new URL(hub).host));
}

async function onFiles(files: File[]): Promise<void> {
  const [file] = files;
  if (!file) return;
  if (files.length > MOST_FILES) show({ name: "home", notice: "tooMany" });
  else if (files.length > 1) await runMany(files);
  else take(await inputOf(file));
}

async function onCamera(): Promise<void> {
  const { scan } = await import("./camera");
  const found = await scan(words);
  if (found === "no_camera") show({ name: "home", notice: "noCamera" });
  else if (found !== null) onText(found);
}

async function onKept(): Promise<void> {
  const { showKept } = await import("./view/kept");
  await showKept(language);
}

function take(input: Input | NoInput | "noQr"): void {
  if (typeof input === "string") show({ name: "home", notice: input });
  else void run(input);
}

function onDrop(event: DragEvent): void {
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length > 0) void onFiles(files);
  else onText(event.dataTransfer?.getData("text/plain") ?? "");
}

async function onLanguage(code: string): Promise<void> {
  language = asLanguage(code) ?? "en";
  rememberLanguage(language);
  words = await loadWords(language);
  show(await translated(view));
  document.getElementById("language")?.focus();
}

async function translated(shown: View): Promise<View> {
  if (shown.name === "report") {
    const { loadReport } = await import("./view");
    const back = shown.back && (await translated(shown.back));
    const actions = back ? { again: goHome, back: () => show(back) } : { again: goHome };
    return { name: "report", report: (await loadReport(language))(shown.report.outcome, actions), back };
  }
  if (shown.name === "table") {
    const { loadTable } = await import("./view/table");
    return { name: "table", table: (await loadTable(language))(shown.table.handed, tableActions) };
  }
  return shown;
}

function goHome(): void {
  current += 1;
  if (!atHome() || location.hash !== "") {
    history.pushState(null, "", saved ? location.pathname : import.meta.env.BASE_URL.replace(/\/$/, ""));
  }
  show({ name: "home", notice: null });
  document.getElementById("main")?.focus();
}

const atHome = (): boolean => saved || `${location.pathname.replace(/\/$/, "")}/` === import.meta.env.BASE_URL;

void start();
