import { msg } from "@lingui/core/macro";
import { z } from "~/ui/zod";

import type { Achievement, Level, Outcome } from "~/api/schema";
import { contentOf, type DraftChange, differences } from "~/features/achievements/content";
import { filled, PARTICULARS } from "~/features/achievements/particulars";
import { say } from "~/ui/say";
import { UNTITLED } from "~/ui/words";

const text = (max: number) =>
  z
    .string()
    .trim()
    .max(max, say(msg`Too long: ${max} characters at most`));
export const day = z.string().regex(/^$|^\d{4}-\d{2}-\d{2}$/, say(msg`Choose a date`));

export const level = z.enum(["", "college", "zonal", "university", "state", "national", "international"]);

/** The form of step 2: what inputs hold, strings throughout. */
export const detailsSchema = z
  .object({
    title: text(200).min(3, say(msg`Give it a title of at least 3 letters`)),
    organiser: text(200),
    level,
    outcome: z.enum(["", "winner", "runner_up", "third", "participant", "completed", "organizer"]),
    started_on: day,
    ended_on: day,
    role: text(200),
    hours: z.string().regex(/^\d{0,5}$/, say(msg`A whole number of hours`)),
    skills: z.array(z.string()).max(12, say(msg`12 skills at most`)),
    team: text(500),
    team_id: z.string().nullable(),
    description: text(4000),
    particulars: z.partialRecord(z.enum(PARTICULARS), text(200).optional()),
  })
  .refine(({ started_on, ended_on }) => !started_on || !ended_on || started_on <= ended_on, {
    path: ["ended_on"],
    ...say(msg`The end comes before the start`),
  });

export type Details = z.input<typeof detailsSchema>;

/** What the form shows for an achievement. */
export function detailsOf(achievement: Achievement): Details {
  const {
    title,
    description,
    organiser,
    role,
    level,
    outcome,
    started_on,
    ended_on,
    hours,
    skills,
    team,
    team_id,
    particulars,
  } = contentOf(achievement);
  return {
    title: title === UNTITLED ? "" : title,
    organiser,
    level: level ?? "",
    outcome: outcome ?? "",
    started_on: started_on ?? "",
    ended_on: ended_on ?? "",
    role: role ?? "",
    hours: hours === null ? "" : String(hours),
    skills,
    team: team ?? "",
    team_id: team_id ?? null,
    description,
    particulars,
  };
}

/** What is to be sent for what was typed; fields that do not hold yet are left out, so the rest is saved meanwhile. */
export function changeOf(achievement: Achievement, typed: Details): DraftChange {
  const broken = new Set(detailsSchema.safeParse(typed).error?.issues.map(({ path }) => path[0]) ?? []);
  const before = contentOf(achievement);
  const next = {
    title: typed.title.trim(),
    organiser: typed.organiser.trim(),
    level: (typed.level || null) as Level | null,
    outcome: (typed.outcome || null) as Outcome | null,
    started_on: typed.started_on || null,
    ended_on: typed.ended_on || null,
    role: typed.role.trim() || null,
    hours: typed.hours === "" ? null : Number(typed.hours),
    skills: typed.skills,
    team: typed.team.trim() || null,
    team_id: typed.team_id,
    description: typed.description.trim(),
    particulars: filled(typed.particulars),
  };
  const change = differences(before, next);
  return Object.fromEntries(Object.entries(change).filter(([field]) => !broken.has(field)));
}
