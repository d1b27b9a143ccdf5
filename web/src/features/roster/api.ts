import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, idempotencyKey } from "~/api/client";
import type { ImportReport, Page, RosterRow } from "~/api/schema";

export const CSV_HEADER = "roll_number,full_name,full_name_native,programme,batch,email,code";

export function useRoster(q: string) {
  return useInfiniteQuery({
    queryKey: ["roster", q],
    queryFn: ({ pageParam, signal }) =>
      call<Page<RosterRow>>("/api/roster/", { query: { q, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Imports a roster; a dry run only says what would happen. */
export function useImportRoster() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { csv: string; dry_run: boolean }) =>
      call<ImportReport>("/api/roster/imports/", { method: "POST", body, idempotencyKey: idempotencyKey() }),
    onSuccess: (_answer, { dry_run }) =>
      dry_run ? undefined : queries.invalidateQueries({ queryKey: ["roster"] }),
  });
}
