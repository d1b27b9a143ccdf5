import { i18n } from "@lingui/core";

const DAY = 86_400_000;

/** "12 Mar 2026": a date, or the day of a time, in the chosen language with Latin digits. */
export function formatDay(value: string | null): string {
  if (!value) return "";
  // A bare date has no zone: read it as local noon, or it would shift by a day west of Greenwich.
  const date = new Date(value.length === 10 ? `${value}T12:00:00` : value);
  return new Intl.DateTimeFormat(tag(), { day: "numeric", month: "short", year: "numeric" }).format(date);
}

/** "12 Mar 2026, 14:05". */
export function formatTime(value: string): string {
  return new Intl.DateTimeFormat(tag(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(value));
}

/** "3 days ago", "in 2 hours". */
export function formatAgo(value: string, now = Date.now()): string {
  const milliseconds = new Date(value).getTime() - now;
  const relative = new Intl.RelativeTimeFormat(tag(), { numeric: "auto" });
  const size = Math.abs(milliseconds);
  if (size < 3_600_000) return relative.format(Math.round(milliseconds / 60_000), "minute");
  if (size < DAY) return relative.format(Math.round(milliseconds / 3_600_000), "hour");
  if (size < 30 * DAY) return relative.format(Math.round(milliseconds / DAY), "day");
  return formatDay(value);
}

/** "2.4 MB", in units of 1000. */
export function formatSize(bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${new Intl.NumberFormat(tag(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${unit}`;
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(tag()).format(value);
}

function tag(): string {
  return `${i18n.locale || "en"}-IN-u-nu-latn`;
}
