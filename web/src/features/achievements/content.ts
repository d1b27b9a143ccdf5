import type { Achievement, AchievementContent } from "~/api/schema";
import { filled } from "~/features/achievements/particulars";

// The part of an achievement that its owner writes, and changes of it. The service worker uses this, too: nothing of
// React or of the texts may come in here.

/** Fields of the content that were changed. */
export type DraftChange = Partial<AchievementContent>;

/** What a draft is called before its owner has named it; the contract wants 3 letters at least. */
export const UNTITLED = "Untitled";

export const EMPTY_CONTENT: Omit<AchievementContent, "category"> = {
  title: UNTITLED,
  description: "",
  organiser: "",
  role: null,
  level: null,
  outcome: null,
  started_on: null,
  ended_on: null,
  hours: null,
  skills: [],
  team: null,
  team_id: null,
  particulars: {},
};

/** The part of an achievement that its owner writes. */
export function contentOf(achievement: Achievement): AchievementContent {
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
  } = achievement;
  return {
    category: achievement.category.code,
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
    particulars: filled(particulars),
  };
}

/** The fields of `next` that differ from `before`. */
export function differences(before: AchievementContent, next: DraftChange): DraftChange {
  const fields = Object.keys(next) as (keyof AchievementContent)[];
  return Object.fromEntries(
    fields.filter((field) => !same(before[field], next[field])).map((field) => [field, next[field]]),
  );
}

/** Whether two values of a field are the same; nothing at all is null. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
