import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import type { Problem } from "~/api/schema";
import { achievementQuery, keepAchievement, refreshLists } from "~/features/achievements/api";
import { onNews } from "~/outbox/news";
import { sendAll } from "~/outbox/outbox";
import {
  allFilesOf,
  filesOf,
  type HeldFile,
  type Parcel,
  parcelOf,
  parcelsOf,
  unsentOf,
} from "~/outbox/store";

/** One achievement of which something is unsent. */
export interface Unsent {
  id: string;
  parcel: Parcel | null;
  files: HeldFile[];
  /** The first reason the hub gave for refusing a part of it. */
  problem: Problem | null;
  touched: number;
}

const KEY = "outbox";
/** How often waiting things are tried again while the app is open, in milliseconds. */
const AGAIN = 30_000;

export const parcelQuery = (id: string) =>
  queryOptions({ queryKey: [KEY, "parcel", id], queryFn: () => parcelOf(id), staleTime: 0 });

export const filesQuery = (id: string) =>
  queryOptions({ queryKey: [KEY, "files", id], queryFn: () => filesOf(id), staleTime: 0 });

export const outboxQuery = (owner: string) =>
  queryOptions({ queryKey: [KEY, "all", owner], queryFn: () => unsent(owner), staleTime: 0 });

/** Sends at the start, when the connection comes back and when the app is looked at; lets pages follow what is unsent. */
export function useOutboxKeeper(owner: string): void {
  const queries = useQueryClient();
  const waiting = useQuery(outboxQuery(owner)).data?.some(({ problem }) => !problem) ?? false;
  useEffect(
    () =>
      onNews(({ id, saved, arrived }) => {
        if (saved) keepAchievement(queries, saved);
        else if (id && arrived) {
          void queries.invalidateQueries({ queryKey: achievementQuery(id).queryKey });
          refreshLists(queries);
        }
        void queries.invalidateQueries({ queryKey: [KEY] });
      }),
    [queries],
  );
  useEffect(() => {
    const send = () => void sendAll(owner);
    const looked = () => document.visibilityState === "visible" && send();
    send();
    window.addEventListener("online", send);
    document.addEventListener("visibilitychange", looked);
    return () => {
      window.removeEventListener("online", send);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [owner]);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => void sendAll(owner), AGAIN);
    return () => clearInterval(timer);
  }, [waiting, owner]);
}

async function unsent(owner: string): Promise<Unsent[]> {
  const [ids, parcels, files] = await Promise.all([unsentOf(owner), parcelsOf(owner), allFilesOf(owner)]);
  const all = ids.map((id): Unsent => {
    const parcel = parcels.find((held) => held.id === id) ?? null;
    const own = files.filter(({ achievement }) => achievement === id);
    return {
      id,
      parcel,
      files: own,
      problem: parcel?.problem ?? own.find(({ problem }) => problem)?.problem ?? null,
      touched: Math.max(parcel?.touched ?? 0, ...own.map(({ added }) => added)),
    };
  });
  return all.sort((one, other) => other.touched - one.touched);
}
