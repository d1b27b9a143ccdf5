import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { call, callBlob } from "~/api/client";
import type { Export, Layout } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";
import type { Language } from "~/i18n/i18n";
import { saveFile } from "~/ui/saveFile";
import { toastFailed } from "~/ui/toasts";

/** Past portfolios, newest first; asked again while one is being made. */
export const exportsQuery = queryOptions({
  queryKey: ["exports"],
  queryFn: ({ signal }) => call<Export[]>("/api/portfolio/exports/", { signal }),
  select: (exports) => [...exports].sort((one, other) => other.created_at.localeCompare(one.created_at)),
  refetchInterval: (query) => (query.state.data?.some(({ state }) => state === "running") ? 1500 : false),
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
  template: Layout;
  size: "full" | "small";
}

/** Makes a portfolio and downloads it; a large one is made while the list of exports shows how far it is. */
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

/** The first page of what would be made, as the address of a picture; the last one stays while the next is drawn. */
export function usePreview(wish: Wish) {
  const asked = useSettled(wish, 400);
  const preview = useQuery({
    queryKey: ["preview", asked],
    queryFn: ({ signal }) =>
      callBlob("/api/portfolio/preview/", { method: "POST", body: { ...asked, size: "full" }, signal }),
    enabled: asked.achievements.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  return { ...preview, address: useObjectUrl(preview.data) };
}

/** `value` once it has not changed for so many milliseconds: not a picture for every click. */
function useSettled<T>(value: T, delay: number): T {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), delay);
    return () => clearTimeout(timer);
  }, [text, delay]);
  return JSON.parse(settled) as T;
}

function useObjectUrl(blob: Blob | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return setAddress(null);
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}
