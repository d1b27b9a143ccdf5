import { hasCode } from "~/api/problem";
import type { Achievement, AchievementContent } from "~/api/schema";
import { contentOf, type DraftChange, same } from "~/features/achievements/content";

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
    const before = contentOf(base);
    const now = contentOf(current);
    const fields = Object.keys(change) as (keyof AchievementContent)[];
    // Where the hub has what is wanted already, an answer was lost and this is the second try.
    if (fields.some((field) => !same(before[field], now[field]) && !same(change[field], now[field])))
      throw error;
    return await patch(current.id, current.etag, change);
  }
}
