import {
  type QueryClient,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

import { call, idempotencyKey } from "~/api/client";
import { meQuery } from "~/api/me";
import type { Achievement, AchievementSummary, Page, Status, TimelineEntry } from "~/api/schema";
import { readAchievement } from "~/outbox/hub";

export interface Filter {
  status?: Status;
  category?: string;
  q?: string;
}

export const achievementQuery = (id: string) =>
  queryOptions({
    queryKey: ["achievement", id],
    queryFn: ({ signal }) => readAchievement(id, signal),
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["timeline", id],
    queryFn: ({ signal }) => call<TimelineEntry[]>(`/api/achievements/${id}/timeline/`, { signal }),
  });

/** Achievements the person may see, newest change first, page by page. */
export function useAchievements(filter: Filter, limit = 25) {
  return useInfiniteQuery({
    queryKey: ["achievements", filter, limit],
    queryFn: ({ pageParam, signal }) =>
      call<Page<AchievementSummary>>("/api/achievements/", {
        query: { ...filter, limit, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export function deleteDraft({ id, etag }: Achievement): Promise<void> {
  return call(`/api/achievements/${id}/`, { method: "DELETE", ifMatch: etag });
}

/** Puts what the server answered where every page reads it, and lets the lists reload. */
export function keepAchievement(queries: QueryClient, achievement: Achievement): void {
  const { queryKey } = achievementQuery(achievement.id);
  // A read that began before would put the older version over this one.
  void queries.cancelQueries({ queryKey, exact: true });
  queries.setQueryData(queryKey, achievement);
  void queries.invalidateQueries({ queryKey: timelineQuery(achievement.id).queryKey });
  refreshLists(queries);
}

/** Lets lists and counts reload after something moved. */
export function refreshLists(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ["achievements"] });
  void queries.invalidateQueries({ queryKey: ["review"] });
  void queries.invalidateQueries({ queryKey: meQuery.queryKey });
}

/** Submits or withdraws against the version on the screen. */
export function useMove(move: "submit" | "withdraw") {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, etag }: Achievement) =>
      call<Achievement>(`/api/achievements/${id}/${move}/`, {
        method: "POST",
        body: {},
        ifMatch: etag,
        idempotencyKey: idempotencyKey(),
      }),
    onSuccess: (moved) => keepAchievement(queries, moved),
    onError: (_error, { id }) => queries.invalidateQueries({ queryKey: achievementQuery(id).queryKey }),
  });
}
