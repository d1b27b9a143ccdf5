import type { Particular, Particulars } from "~/api/schema";

// The service worker uses this, too: nothing of React or of the texts may come in here.

/** Every particular, in the hub's order. */
export const PARTICULARS: readonly Particular[] = [
  "event",
  "domain",
  "organiser_contact",
  "scheme",
  "exam",
  "registration_number",
  "employer",
  "employer_contact",
  "package",
  "institution",
  "programme_joined",
  "awardee",
];

/** Those that are filled, trimmed, in the hub's order: the same content is the same JSON. */
export function filled(particulars: Particulars | undefined): Particulars {
  const lines = PARTICULARS.map((name) => [name, particulars?.[name]?.trim()] as const);
  return Object.fromEntries(lines.filter(([, text]) => text));
}
