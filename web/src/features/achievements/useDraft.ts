import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { Achievement, AchievementContent } from "~/api/schema";
import {
  achievementQuery,
  createDraft,
  keepAchievement,
  patchDraft,
  readAchievement,
} from "~/features/achievements/api";
import { type DraftChange, saveDraft } from "~/features/achievements/saveDraft";
import { UNTITLED } from "~/ui/words";

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
};

/** One draft: read unless it is new, made on the first save, changed after that. Saves go one at a time. */
export function useDraft(id: string, isNew: boolean) {
  const queries = useQueryClient();
  const query = achievementQuery(id);
  const draft = useQuery({ ...query, enabled: !isNew });
  const save = useMutation({
    scope: { id: `draft-${id}` },
    mutationFn: (change: DraftChange): Promise<Achievement> => {
      const base = queries.getQueryData(query.queryKey);
      if (base) return saveDraft(base, change, { patch: patchDraft, read: readAchievement });
      if (!change.category) throw new Error("a draft begins with its category");
      return createDraft(id, { ...EMPTY_CONTENT, category: change.category, ...change });
    },
    onSuccess: (saved) => keepAchievement(queries, saved),
  });
  return { draft, save };
}
