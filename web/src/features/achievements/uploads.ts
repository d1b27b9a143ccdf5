import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { useMe } from "~/api/me";
import { RequestError } from "~/api/problem";
import { progressOf, removeFile, sendFiles, watchProgress } from "~/outbox/outbox";
import { holdChange, holdFiles, markFile } from "~/outbox/store";
import { filesQuery } from "~/outbox/useOutbox";

/** The limits of the hub: bytes per file, files per achievement, types. */
export const MAX_BYTES = 25_000_000;
export const MAX_FILES = 10;
export const ACCEPTED = ["image/jpeg", "image/png", "image/webp", "application/pdf"];

export type Refusal = "too_large" | "unsupported_type" | "too_many";

/** A file on its way: waiting, going up (0..1), or refused with the reason. */
export interface Upload {
  key: string;
  name: string;
  type: string;
  bytes: Blob;
  done: number;
  error: unknown;
}

/** Why a file cannot be taken, before any byte is sent; null if it can. */
export function refusal(file: Pick<File, "size" | "type">, already: number): Refusal | null {
  if (already >= MAX_FILES) return "too_many";
  if (!ACCEPTED.includes(file.type)) return "unsupported_type";
  return file.size > MAX_BYTES ? "too_large" : null;
}

/**
 * The tray of one achievement: kept on this device until the hub has them, sent one after the other. `unborn`: the hub
 * does not know the draft yet, so its files wait for it.
 */
export function useUploads(id: string, unborn: boolean) {
  const me = useMe();
  const held = useQuery(filesQuery(id)).data ?? [];
  useSyncExternalStore(watchProgress, () => held.map(({ key }) => progressOf(key)).join());
  const tray = held.map(
    ({ key, name, type, bytes, problem }): Upload => ({
      key,
      name,
      type,
      bytes,
      done: progressOf(key),
      error: problem && new RequestError(problem),
    }),
  );
  return {
    tray,
    add: async (files: File[]) => {
      if (files.length === 0) return;
      if (unborn) await holdChange({ id, owner: me.id, base: null }, {});
      await holdFiles(id, me.id, files);
      await sendFiles(id);
    },
    retry: async (key: string) => {
      await markFile(key, { problem: null });
      await sendFiles(id);
    },
    remove: (key: string) => void removeFile(key, id),
  };
}
