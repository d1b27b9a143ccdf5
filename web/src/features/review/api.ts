import { queryOptions, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, idempotencyKey } from "~/api/client";
import type {
  Achievement,
  AchievementSummary,
  BulkAnswer,
  Confirmation,
  CredentialInfo,
  DecisionRequest,
  Page,
  ReviewStats,
  RevokeReason,
} from "~/api/schema";
import { achievementQuery, keepAchievement, refreshLists } from "~/features/achievements/api";

export interface QueueFilter {
  department?: string;
  category?: string;
  q?: string;
}

export const statsQuery = queryOptions({
  queryKey: ["review", "stats"],
  queryFn: ({ signal }) => call<ReviewStats>("/api/review/stats/", { signal }),
});

/** What waits for this reviewer, oldest first. */
export function useQueue(filter: QueueFilter) {
  return useInfiniteQuery({
    queryKey: ["review", "queue", filter],
    queryFn: ({ pageParam, signal }) =>
      call<Page<AchievementSummary>>("/api/review/queue/", {
        query: { ...filter, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** What a student has done so far, for the reviewer's eye. */
export const historyQuery = (student: string) =>
  queryOptions({
    queryKey: ["achievements", { student }, "history"],
    queryFn: ({ signal }) =>
      call<Page<AchievementSummary>>("/api/achievements/", { query: { student, limit: 6 }, signal }),
  });

/** Decides against the version on the screen. */
export function useDecide() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ item, decision }: { item: Achievement; decision: DecisionRequest }) =>
      call<Achievement>(`/api/achievements/${item.id}/decisions/`, {
        method: "POST",
        body: decision,
        ifMatch: item.etag,
        idempotencyKey: idempotencyKey(),
      }),
    onSuccess: (decided) => keepAchievement(queries, decided),
  });
}

/** Takes back one's own decision, within ten minutes. */
export function useUndo() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (item: Achievement) =>
      call<Achievement>(`/api/achievements/${item.id}/decisions/${item.last_decision?.id}/undo/`, {
        method: "POST",
        body: {},
        idempotencyKey: idempotencyKey(),
      }),
    onSuccess: (undone) => keepAchievement(queries, undone),
  });
}

export function useBulkApprove() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (items: AchievementSummary[]) =>
      call<BulkAnswer>("/api/decisions/bulk/", {
        method: "POST",
        body: { action: "approve", items: items.map(({ id, etag }) => ({ id, etag })) },
        idempotencyKey: idempotencyKey(),
      }),
    onSettled: () => refreshLists(queries),
  });
}

/** Revokes; for fraud the hub answers with what a second person has to confirm first. */
export function useRevoke(item: Achievement) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { reason: RevokeReason; text: string }) =>
      call<CredentialInfo | Confirmation>(`/api/credentials/${item.credential?.id}/revoke/`, {
        method: "POST",
        body,
        idempotencyKey: idempotencyKey(),
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: achievementQuery(item.id).queryKey });
      refreshLists(queries);
    },
  });
}
