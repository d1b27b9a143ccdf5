import { queryOptions, useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";

import { call, callVersioned } from "~/api/client";
import type { Category, Me, Permission } from "~/api/schema";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => callVersioned<Me>("/api/me/", { signal }),
  staleTime: 30_000,
  refetchInterval: 90_000,
});

/** The signed-in person. Only below AppFrame, which waits for it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data.data;
}

/** Whether the signed-in person holds a permission. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}

/** Changes one's own name or language against the version that was read. */
export function useChangeMe() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (change: { full_name_native?: string | null; language?: Me["language"] }) => {
      const { etag } = await queries.ensureQueryData(meQuery);
      return callVersioned<Me>("/api/me/", { method: "PATCH", body: change, ifMatch: etag ?? undefined });
    },
    onSuccess: (me) => queries.setQueryData(meQuery.queryKey, me),
    onError: () => queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
}

/** The college's categories, which hardly ever change. */
export function useCategories() {
  return useQuery({
    queryKey: ["categories"],
    queryFn: ({ signal }) => call<Category[]>("/api/categories/", { signal }),
    staleTime: 10 * 60_000,
  });
}
