// How the report says things in one language: sentences, dates, and who the college is.

import type { Outcome } from "../check/merge";
import { host } from "../place";
import { fill, type Language } from "../words";
import type { ReportWord, ReportWords } from "../words/report";

export class Speech {
  readonly words: ReportWords;
  readonly language: Language;

  constructor(words: ReportWords, language: Language) {
    this.words = words;
    this.language = language;
  }

  say(word: ReportWord, values: Record<string, string> = {}): string {
    return fill(this.words[word], { host, ...values });
  }

  /** A word of the hub's own lists, such as `national`; any other as it stands. */
  term(list: "level" | "outcome", value: string | null): string | null {
    return this.words[`${list}.${value}` as ReportWord] ?? value;
  }

  /** A day; null where the text is no date. */
  day(time: string | null): string | null {
    return this.#format(time, { dateStyle: "long", timeZone: "UTC" });
  }

  /** A moment in this browser's time zone. */
  moment(time: string | null): string | null {
    return this.#format(time, { dateStyle: "long", timeStyle: "short" });
  }

  /** The college's name from the register, or the list somebody keeps; never from the document. Else its domain. */
  college(outcome: Outcome): string {
    const registered = "report" in outcome.hub ? outcome.hub.report.issuer?.name : null;
    return registered ?? outcome.kept?.name ?? outcome.local.issuer?.domain ?? this.words["issuer.unnamed"];
  }

  #format(time: string | null, options: Intl.DateTimeFormatOptions): string | null {
    const date = new Date(time ?? Number.NaN);
    if (Number.isNaN(date.getTime())) return null;
    return new Intl.DateTimeFormat(`${this.language}-IN-u-nu-latn`, options).format(date);
  }
}
