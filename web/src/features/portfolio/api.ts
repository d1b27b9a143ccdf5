import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, callBlob } from "~/api/client";
import type { Export } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";
import type { Language } from "~/i18n/i18n";
import { saveFile } from "~/ui/saveFile";
import { toastFailed } from "~/ui/toasts";

/** Past portfolios, newest first; asked again while one is being made. */
export const exportsQuery = queryOptions({
  queryKey: ["exports"],
  queryFn: ({ signal }) => call<Export[]>("/api/portfolio/exports/", { signal }),
  select: (exports) => [...exports].sort((one, other) => other.created_at.localeCompare(one.created_at)),
  refetchInterval: (query) => (query.state.data?.some(({ state }) => state === "running") ? 2000 : false),
});

export function useDownloadExport() {
  return useMutation({
    mutationFn: ({ file_url }: Export) => callBlob(file_url),
    onSuccess: (file, made) => saveFile(file, `portfolio-${made.created_at.slice(0, 10)}.pdf`),
    onError: toastFailed,
  });
}

export interface Wish {
  achievements: string[];
  locale: Language;
}

/** Makes a portfolio and downloads it. */
export function useMakeExport() {
  const queries = useQueryClient();
  const keys = useIdempotencyKey();
  const download = useDownloadExport();
  return useMutation({
    mutationFn: async (wish: Wish) => {
      const made = await call<Export>("/api/portfolio/exports/", {
        method: "POST",
        body: wish,
        idempotencyKey: keys.keyFor(wish),
      });
      keys.fulfilled();
      if (made.state === "done") await download.mutateAsync(made);
      return made;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: exportsQuery.queryKey }),
    onError: toastFailed,
  });
}
