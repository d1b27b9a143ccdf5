import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { Confirmation } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";

/** What waits for a second person, then what was decided, newest first. */
export const confirmationsQuery = queryOptions({
  queryKey: ["confirmations"],
  queryFn: ({ signal }) => call<Confirmation[]>("/api/confirmations/", { signal }),
});

/** Agrees, or declines; who asked takes it back by declining. */
export function useAnswerConfirmation({ id, etag }: Confirmation) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async ({ answer, comment }: { answer: "confirm" | "decline"; comment: string | null }) => {
      const body = { comment };
      await call<Confirmation>(`/api/confirmations/${id}/${answer}/`, {
        method: "POST",
        body,
        ifMatch: etag,
        idempotencyKey: keys.keyFor([etag, answer, body]),
      });
      keys.fulfilled();
    },
    // It may be about a key, or about credentials: whatever shows them is read anew.
    onSettled: () => queries.invalidateQueries(),
  });
}
