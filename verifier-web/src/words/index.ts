// The language of the page: chosen here before, else the browser's, else English.

import { en, type Words } from "./en";

export type Language = "en" | "hi" | "ta";
export type { Words };

export const LANGUAGES: { code: Language; name: string }[] = [
  { code: "en", name: "English" },
  { code: "hi", name: "हिन्दी" },
  { code: "ta", name: "தமிழ்" },
];

const KEY = "verifier.language";

export function preferredLanguage(): Language {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.map(asLanguage).find((code) => code !== null) ?? "en";
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser that keeps nothing just asks again.
  }
}

export async function loadWords(language: Language): Promise<Words> {
  if (language === "hi") return (await import("./hi")).hi;
  if (language === "ta") return (await import("./ta")).ta;
  return en;
}

/** Put values where a sentence says `{name}`. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

export function asLanguage(code: string | null | undefined): Language | null {
  return LANGUAGES.find((language) => language.code === code)?.code ?? null;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
