import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { NewShare, Share, ShareRequest } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";

/** The caller's links, newest first. */
export const sharesQuery = queryOptions({
  queryKey: ["shares"],
  queryFn: ({ signal }) => call<Share[]>("/api/portfolio/shares/", { signal }),
});

/** Makes a link, or changes one; what comes back of a new one holds its address, which is shown nowhere else. */
export function useSaveShare(share?: Share) {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async (body: ShareRequest): Promise<Share | NewShare> => {
      if (share)
        return call(`/api/portfolio/shares/${share.id}/`, { method: "PATCH", body, ifMatch: share.etag });
      const made = await call<NewShare>("/api/portfolio/shares/", {
        method: "POST",
        body,
        idempotencyKey: keys.keyFor(body),
      });
      keys.fulfilled();
      return made;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: sharesQuery.queryKey }),
  });
}

export function useStopShare() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call(`/api/portfolio/shares/${id}/`, { method: "DELETE" }),
    onSettled: () => queries.invalidateQueries({ queryKey: sharesQuery.queryKey }),
  });
}
