import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { upload } from "~/api/client";
import type { Evidence } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";

/** The limits of the hub: bytes per file, files per achievement, types. */
export const MAX_BYTES = 25_000_000;
export const MAX_FILES = 10;
export const ACCEPTED = ["image/jpeg", "image/png", "image/webp", "application/pdf"];

export type Refusal = "too_large" | "unsupported_type" | "too_many";

/** A file on its way: waiting, going up (0..1), or failed with the reason. */
export interface Upload {
  key: string;
  file: File;
  done: number;
  error: unknown;
}

/** Why a file cannot be taken, before any byte is sent; null if it can. */
export function refusal(file: Pick<File, "size" | "type">, already: number): Refusal | null {
  if (already >= MAX_FILES) return "too_many";
  if (!ACCEPTED.includes(file.type)) return "unsupported_type";
  return file.size > MAX_BYTES ? "too_large" : null;
}

/** The tray of uploads of one achievement: one after the other, as soon as `ready`. */
export function useUploads(id: string, ready: boolean) {
  const queries = useQueryClient();
  const [tray, setTray] = useState<Upload[]>([]);
  const running = useRef<{ key: string; stop: AbortController } | null>(null);

  const change = useCallback((key: string, part: Partial<Upload>) => {
    setTray((old) => old.map((item) => (item.key === key ? { ...item, ...part } : item)));
  }, []);
  const drop = useCallback((key: string) => setTray((old) => old.filter((item) => item.key !== key)), []);

  useEffect(() => {
    const next = tray.find(({ error }) => !error);
    if (!ready || !next || running.current) return;
    const stop = new AbortController();
    running.current = { key: next.key, stop };
    const form = new FormData();
    form.append("file", next.file);
    void upload<Evidence[]>(
      `/api/achievements/${id}/evidence/`,
      form,
      (done) => change(next.key, { done }),
      stop.signal,
    )
      .then(() => queries.invalidateQueries({ queryKey: achievementQuery(id).queryKey }))
      .then(() => {
        running.current = null;
        drop(next.key);
      })
      .catch((error: unknown) => {
        running.current = null;
        if (stop.signal.aborted) drop(next.key);
        else change(next.key, { error, done: 0 });
      });
  }, [tray, ready, id, queries, change, drop]);

  return {
    tray,
    add: (files: File[]) =>
      setTray((old) => [
        ...old,
        ...files.map((file) => ({ key: crypto.randomUUID(), file, done: 0, error: null })),
      ]),
    retry: (key: string) => change(key, { error: null }),
    remove: (key: string) => {
      if (running.current?.key === key) running.current.stop.abort();
      else drop(key);
    },
  };
}
