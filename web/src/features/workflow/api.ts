import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { Achievement, Comment, RevisionDiff } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";
import { achievementQuery, keepAchievement, timelineQuery } from "~/features/achievements/api";

/** What an owner may do with what has been decided. */
export type Step = "amend" | "appeal" | "confirm_correction" | "decline_correction" | "drop_amendment";

const REQUESTS: Record<Step, { method: "POST" | "DELETE"; path: string }> = {
  amend: { method: "POST", path: "amend" },
  appeal: { method: "POST", path: "appeal" },
  confirm_correction: { method: "POST", path: "correction/confirm" },
  decline_correction: { method: "POST", path: "correction/decline" },
  drop_amendment: { method: "DELETE", path: "amend" },
};

/** Takes such a step against the version on the screen. */
export function useStep(step: Step) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async ({ item: { id, etag }, text }: { item: Achievement; text?: string }) => {
      const { method, path } = REQUESTS[step];
      const body = text === undefined ? {} : { text };
      const moved = await call<Achievement>(`/api/achievements/${id}/${path}/`, {
        method,
        ...(method === "POST" ? { body, idempotencyKey: keys.keyFor([id, etag, body]) } : {}),
        ifMatch: etag,
      });
      keys.fulfilled();
      return moved;
    },
    onSuccess: (moved, { item }) => {
      if (moved) keepAchievement(queries, moved);
      else void queries.invalidateQueries({ queryKey: achievementQuery(item.id).queryKey });
    },
    onError: (_error, { item }) =>
      queries.invalidateQueries({ queryKey: achievementQuery(item.id).queryKey }),
  });
}

/** What changed from one revision to another. */
export const diffQuery = (id: string, from: number, to: number) =>
  queryOptions({
    queryKey: ["diff", id, from, to],
    queryFn: ({ signal }) =>
      call<RevisionDiff>(`/api/achievements/${id}/diff/`, { query: { from, to }, signal }),
  });

export const commentsQuery = (id: string) =>
  queryOptions({
    queryKey: ["comments", id],
    queryFn: ({ signal }) => call<Comment[]>(`/api/achievements/${id}/comments/`, { signal }),
  });

export function useComment(id: string) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: (text: string) =>
      call<Comment>(`/api/achievements/${id}/comments/`, {
        method: "POST",
        body: { text },
        idempotencyKey: keys.keyFor(text),
      }),
    onSuccess: (said) => {
      keys.fulfilled();
      queries.setQueryData(commentsQuery(id).queryKey, (old) => [...(old ?? []), said]);
      void queries.invalidateQueries({ queryKey: timelineQuery(id).queryKey });
    },
  });
}
