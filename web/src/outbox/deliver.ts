import { RequestError } from "~/api/problem";
import type { Achievement, AchievementContent, Problem } from "~/api/schema";
import { contentOf, type DraftChange, differences, EMPTY_CONTENT } from "~/features/achievements/content";
import { saveDraft } from "~/features/achievements/saveDraft";
import * as store from "~/outbox/store";

/** The requests a delivery needs. */
export interface Hub {
  read: (id: string) => Promise<Achievement>;
  create: (id: string, content: AchievementContent) => Promise<Achievement>;
  patch: (id: string, etag: string, change: DraftChange) => Promise<Achievement>;
  submit: (id: string, etag: string, key: string) => Promise<Achievement>;
  upload: (file: store.HeldFile) => Promise<void>;
}

/** Sends all that is unsent of one achievement: words, then files, then the submission. False: some of it has to wait. */
export async function deliver(id: string, hub: Hub): Promise<boolean> {
  // What the hub refused waits for its author.
  if ((await store.parcelOf(id))?.problem) return false;
  try {
    await deliverContent(id, hub);
    if (await hasWords(id)) return false;
    return (await deliverFiles(id, hub)) && (await deliverSubmission(id, hub));
  } catch {
    // The parcel or the file carries why it was refused.
    return false;
  }
}

/**
 * Sends the words of a draft. The hub's version, or null: it has to wait for a connection, or for its category.
 * Throws the refusal of the hub, which the parcel keeps, too.
 */
export function deliverContent(id: string, hub: Hub): Promise<Achievement | null> {
  return underLock(`hub-draft-${id}`, async () => {
    let saved: Achievement | null = null;
    // What is typed during a request goes with the next one.
    for (let parcel = await store.parcelOf(id); parcel; parcel = await store.parcelOf(id)) {
      const { base, change } = parcel;
      if (base ? Object.keys(change).length === 0 : !change.category) break;
      try {
        saved = base ? await saveDraft(base, change, hub) : await begin(id, change, hub);
      } catch (error) {
        if (isPassing(error)) return null;
        await store.markParcel(id, problemOf(error));
        throw error;
      }
      await store.settle(saved);
    }
    return saved;
  });
}

/**
 * Sends the files of an achievement, one after the other. An upload whose answer was lost is found by its digest, so
 * that none goes up twice. False: some have to wait.
 */
export function deliverFiles(id: string, hub: Hub): Promise<boolean> {
  return underLock(`hub-files-${id}`, async () => {
    const parcel = await store.parcelOf(id);
    if (parcel && !parcel.base) return false;
    const files = (await store.filesOf(id)).filter(({ problem }) => !problem);
    for (const file of files) {
      try {
        if (!file.tried || !(await arrived(file, hub))) {
          await store.markFile(file.key, { tried: true });
          await hub.upload(file);
        }
      } catch (error) {
        if (isAbort(error)) continue;
        if (isPassing(error)) return false;
        await store.markFile(file.key, { problem: problemOf(error) });
        continue;
      }
      await store.dropFile(file.key, id);
    }
    return true;
  });
}

/** Hands in what waits for it, once its words and files are there. False: it has to wait. */
export function deliverSubmission(id: string, hub: Hub): Promise<boolean> {
  return underLock(`hub-draft-${id}`, async () => {
    const parcel = await store.parcelOf(id);
    if (!parcel?.submit) return true;
    if ((await hasWords(id)) || (await store.filesOf(id)).length > 0) return false;
    try {
      const current = await hub.read(id);
      // Submitted already: the answer to an earlier try was lost.
      const moved =
        current.status === "submitted" ? current : await hub.submit(id, current.etag, parcel.submit);
      await store.dropSubmission(id, moved);
      return true;
    } catch (error) {
      if (isPassing(error)) return false;
      await store.markParcel(id, problemOf(error));
      throw error;
    }
  });
}

/** Whether the same try may succeed later: no connection, a busy hub, a session that has to be renewed. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof RequestError &&
    (error.status === 0 || error.status >= 500 || [401, 429].includes(error.status))
  );
}

/** Whether some of a draft's words are still here; the draft itself, if the hub does not know it. */
async function hasWords(id: string): Promise<boolean> {
  const parcel = await store.parcelOf(id);
  return parcel !== null && (!parcel.base || Object.keys(parcel.change).length > 0);
}

async function begin(id: string, change: DraftChange, hub: Hub): Promise<Achievement> {
  const made = await hub.create(id, { ...EMPTY_CONTENT, ...change } as AchievementContent);
  // An id the hub knows already is answered with what it has: this was not the first try, and words were added since.
  const rest = differences(contentOf(made), change);
  return Object.keys(rest).length === 0 ? made : hub.patch(id, made.etag, rest);
}

async function arrived(file: store.HeldFile, hub: Hub): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.bytes.arrayBuffer()));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return (await hub.read(file.achievement)).evidence.some(({ sha256 }) => sha256 === hex);
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) return error.problem;
  return { type: "about:blank", title: String(error), status: 0, code: "broken", trace_id: "" };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function underLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request(name, work) : await work();
}
