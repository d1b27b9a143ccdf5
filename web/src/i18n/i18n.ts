import { i18n } from "@lingui/core";

export const LANGUAGES = { en: "English", hi: "हिन्दी", ta: "தமிழ்" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "hub.language";

/** Loads a language's messages and speaks it from now on. */
export async function speak(language: Language): Promise<void> {
  const { messages } = await catalogue(language);
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage may be blocked; the choice then lasts for this visit.
  }
}

/** What this browser chose last, else the first of its languages that we have, else English. */
export function preferredLanguage(): Language {
  const stored = readStored();
  const wishes = [stored, ...(navigator.languages ?? [])];
  for (const wish of wishes) {
    const short = wish?.slice(0, 2);
    if (isLanguage(short)) return short;
  }
  return "en";
}

export function isLanguage(text: string | null | undefined): text is Language {
  return text === "en" || text === "hi" || text === "ta";
}

function catalogue(language: Language) {
  if (language === "hi") return import("./locales/hi.po");
  if (language === "ta") return import("./locales/ta.po");
  return import("./locales/en.po");
}

function readStored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
