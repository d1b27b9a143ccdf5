import { hasCode } from "~/api/problem";
import type { Achievement, AchievementContent } from "~/api/schema";

export type DraftChange = Partial<AchievementContent>;

interface Server {
  patch: (id: string, etag: string, change: DraftChange) => Promise<Achievement>;
  read: (id: string) => Promise<Achievement>;
}

/**
 * Saves a change against the version it was made on. Where the version moved but nobody touched the same
 * fields (an upload moves it, too), the change is laid over the newer version; otherwise the 412 is thrown.
 */
export async function saveDraft(
  base: Achievement,
  change: DraftChange,
  { patch, read }: Server,
): Promise<Achievement> {
  try {
    return await patch(base.id, base.etag, change);
  } catch (error) {
    if (!hasCode(error, "stale_version")) throw error;
    const current = await read(base.id);
    const fields = Object.keys(change) as (keyof AchievementContent)[];
    if (fields.some((field) => !same(contentOf(base)[field], contentOf(current)[field]))) throw error;
    return await patch(current.id, current.etag, change);
  }
}

/** The part of an achievement that its owner writes. */
export function contentOf(achievement: Achievement): AchievementContent {
  const { title, description, organiser, role, level, outcome, started_on, ended_on, hours, skills, team } =
    achievement;
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
  };
}

/** The fields of `next` that differ from `before`. */
export function differences(before: AchievementContent, next: AchievementContent): DraftChange {
  const fields = Object.keys(next) as (keyof AchievementContent)[];
  return Object.fromEntries(
    fields.filter((field) => !same(before[field], next[field])).map((field) => [field, next[field]]),
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
