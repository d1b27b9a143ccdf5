import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { callBlob } from "~/api/client";

/** A blob: address for bytes behind the bearer token; an <img src> cannot send one. Null while it loads. */
export function useEvidenceUrl(path: string | null): {
  url: string | null;
  failed: boolean;
  retry: () => void;
} {
  const blob = useQuery({
    queryKey: ["evidence-bytes", path],
    queryFn: ({ signal }) => callBlob(path ?? "", { signal }),
    enabled: path !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
  });
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob.data) {
      setUrl(null);
      return;
    }
    const made = URL.createObjectURL(blob.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob.data]);
  return { url, failed: blob.isError, retry: () => void blob.refetch() };
}

/** The address of the large rendition of a piece of evidence (2000 px at most). */
export function fullSize(thumbUrl: string): string {
  return `${thumbUrl}${thumbUrl.includes("?") ? "&" : "?"}size=full`;
}
