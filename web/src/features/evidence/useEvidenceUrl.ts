import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { callBlob } from "~/api/client";
import type { Evidence } from "~/api/schema";

/** A picture that is there, on its way, or did not come. */
export interface Picture {
  url: string | null;
  failed: boolean;
  retry: () => void;
}

/** A blob: address for bytes behind the bearer token; an <img src> cannot send one. Null while it loads. */
export function useEvidenceUrl(path: string | null): Picture {
  const blob = useQuery({ ...bytesQuery(path ?? ""), enabled: path !== null });
  return { url: useBlobUrl(blob.data), failed: blob.isError, retry: () => void blob.refetch() };
}

/** A page of a piece of evidence, the first is 1. The first is the hub's rendition; further ones are drawn here. */
export function useEvidencePage({ id, thumb_url, content_url }: Evidence, page: number): Picture {
  const queries = useQueryClient();
  const first = useEvidenceUrl(page === 1 ? fullSize(thumb_url) : null);
  const drawn = useQuery({
    queryKey: ["evidence-page", id, page],
    queryFn: () => draw(content_url, page, queries),
    enabled: page > 1,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
    retry: false,
  });
  const url = useBlobUrl(page > 1 ? drawn.data : undefined);
  if (page === 1) return first;
  return { url, failed: drawn.isError, retry: () => void drawn.refetch() };
}

/** The address of the large rendition of a piece of evidence (2000 px at most). */
export function fullSize(thumbUrl: string): string {
  return `${thumbUrl}${thumbUrl.includes("?") ? "&" : "?"}size=full`;
}

const bytesQuery = (path: string) => ({
  queryKey: ["evidence-bytes", path],
  queryFn: ({ signal }: { signal: AbortSignal }) => callBlob(path, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 5 * 60_000,
});

async function draw(path: string, page: number, queries: QueryClient): Promise<Blob> {
  const [{ drawPage }, file] = await Promise.all([
    import("~/features/evidence/pdf"),
    queries.fetchQuery(bytesQuery(path)),
  ]);
  return drawPage(file, page);
}

function useBlobUrl(blob: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return setUrl(null);
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
