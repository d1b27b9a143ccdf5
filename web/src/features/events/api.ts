import { queryOptions, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { EventRequest, Page, SharedEvent, Team, TeamRequest } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";

/** The college's events, newest first, page by page. */
export function useEvents() {
  return useInfiniteQuery({
    queryKey: ["events"],
    queryFn: ({ pageParam, signal }) =>
      call<Page<SharedEvent>>("/api/events/", { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** The teams that the caller is on. */
export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: ({ signal }) => call<Team[]>("/api/teams/", { signal }),
});

export const useEnterEvent = () => useEnter<EventRequest, SharedEvent>("/api/events/", "events");
export const useEnterTeam = () => useEnter<TeamRequest, Team>("/api/teams/", "teams");

function useEnter<Request, Entered>(path: string, list: string) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async (body: Request) => {
      const entered = await call<Entered>(path, {
        method: "POST",
        body,
        idempotencyKey: keys.keyFor(body),
      });
      keys.fulfilled();
      return entered;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [list] }),
  });
}
