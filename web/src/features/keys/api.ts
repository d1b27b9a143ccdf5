import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { Affected, Confirmation, Key, KeyAction } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";
import { confirmationsQuery } from "~/features/confirmations/api";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => call<Key[]>("/api/keys/", { signal }),
});

/** What a compromise of a key would cost. */
export const affectedQuery = (id: string) =>
  queryOptions({
    queryKey: ["keys", id, "affected"],
    queryFn: ({ signal }) => call<Affected>(`/api/keys/${id}/affected/`, { signal }),
  });

/** Does something with a key against the version on the screen: the key, or what a second person has to confirm. */
export function useKeyAction({ id, etag }: Key, action: KeyAction) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async (body: Record<string, unknown>) => {
      const answer = await call<Key | Confirmation>(`/api/keys/${id}/${action}/`, {
        method: "POST",
        body,
        ifMatch: etag,
        idempotencyKey: keys.keyFor([etag, body]),
      });
      keys.fulfilled();
      return answer;
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keysQuery.queryKey });
      void queries.invalidateQueries({ queryKey: confirmationsQuery.queryKey });
    },
  });
}
