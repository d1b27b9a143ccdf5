import { upload } from "~/api/client";
import type { Achievement } from "~/api/schema";
import { deliver, deliverContent, deliverFiles, type Hub } from "~/outbox/deliver";
import { evidencePath, formOf, hubWith, SYNC } from "~/outbox/hub";
import { dropFile, markFile, markParcel, unsentOf } from "~/outbox/store";

// The page's side of the outbox: it sends with progress, and what it could not send the service worker sends later.

const progress = new Map<string, number>();
const stops = new Map<string, AbortController>();
const watchers = new Set<() => void>();

const hub: Hub = hubWith(async (file) => {
  const stop = new AbortController();
  stops.set(file.key, stop);
  try {
    await upload(evidencePath(file.achievement), formOf(file), (done) => report(file.key, done), stop.signal);
  } finally {
    stops.delete(file.key);
    report(file.key, undefined);
  }
});

/** Sends the words of a draft now, or as soon as there is a connection; null: later. Throws what the hub refuses. */
export async function sendContent(id: string): Promise<Achievement | null> {
  const saved = await deliverContent(id, hub);
  if (!saved) void askForSync();
  return saved;
}

/** Sends what is unsent of one achievement. */
export async function sendOne(id: string): Promise<void> {
  if (!(await deliver(id, hub))) void askForSync();
}

export async function sendFiles(id: string): Promise<void> {
  if (!(await deliverFiles(id, hub))) void askForSync();
}

/** Sends whatever this member has unsent. */
export async function sendAll(owner: string): Promise<void> {
  for (const id of await unsentOf(owner)) await sendOne(id);
}

/** Tries again what the hub refused. */
export async function retry(id: string, files: string[]): Promise<void> {
  await markParcel(id, null);
  for (const key of files) await markFile(key, { problem: null });
  await sendOne(id);
}

/** Takes a file back, also while it goes up. */
export async function removeFile(key: string, achievement: string): Promise<void> {
  stops.get(key)?.abort();
  await dropFile(key, achievement);
}

/** How much of each file has gone up (0..1). */
export function progressOf(key: string): number {
  return progress.get(key) ?? 0;
}

export function watchProgress(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function report(key: string, done: number | undefined): void {
  if (done === undefined) progress.delete(key);
  else progress.set(key, done);
  for (const watcher of watchers) watcher();
}

/** Lets the browser wake the service worker when there is a connection, where it can (Chromium does). */
async function askForSync(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await (
      registration as unknown as { sync?: { register: (tag: string) => Promise<void> } }
    )?.sync?.register(SYNC);
  } catch {
    // Not allowed, or no such thing: the page sends at its next start.
  }
}
