import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { Achievement, Problem } from "~/api/schema";
import { contentOf, type DraftChange, differences } from "~/features/achievements/content";
import { announce } from "~/outbox/news";

/** What the hub does not have yet of one achievement. */
export interface Parcel {
  /** The achievement's id, made here. */
  id: string;
  /** The member who wrote it: nobody else's session may send it. */
  owner: string;
  /** The version the change was made on; null until the hub knows the draft. */
  base: Achievement | null;
  change: DraftChange;
  /** Submission is wanted as soon as everything is there: the Idempotency-Key of all its tries. */
  submit: string | null;
  /** Why the hub refused it; null while it only waits. */
  problem: Problem | null;
  /** Milliseconds since the epoch. */
  touched: number;
}

/** A file the hub does not have yet. */
export interface HeldFile {
  key: string;
  achievement: string;
  owner: string;
  name: string;
  type: string;
  bytes: Blob;
  /** A try began: the hub may have it although no answer came. */
  tried: boolean;
  problem: Problem | null;
  /** Milliseconds since the epoch. */
  added: number;
}

/** A file another app shared, before somebody has taken it. */
export interface SharedFile {
  name: string;
  type: string;
  bytes: Blob;
}

interface Shelves extends DBSchema {
  parcels: { key: string; value: Parcel };
  files: { key: string; value: HeldFile; indexes: { achievement: string } };
  shares: { key: number; value: SharedFile };
  kept: { key: string; value: string };
}

let opened: Promise<IDBPDatabase<Shelves>> | null = null;

/** The database of this device: what is unsent, what was shared, what was read last. */
function shelves(): Promise<IDBPDatabase<Shelves>> {
  opened ??= openDB<Shelves>("hub", 1, {
    upgrade(made) {
      made.createObjectStore("parcels", { keyPath: "id" });
      made.createObjectStore("files", { keyPath: "key" }).createIndex("achievement", "achievement");
      made.createObjectStore("shares", { autoIncrement: true });
      made.createObjectStore("kept");
    },
    terminated: () => {
      opened = null;
    },
  });
  return opened;
}

export async function parcelOf(id: string): Promise<Parcel | null> {
  return (await (await shelves()).get("parcels", id)) ?? null;
}

export async function parcelsOf(owner: string): Promise<Parcel[]> {
  return (await (await shelves()).getAll("parcels")).filter((parcel) => parcel.owner === owner);
}

/** The files of one achievement, in the order they were added. */
export async function filesOf(achievement: string): Promise<HeldFile[]> {
  const files = await (await shelves()).getAllFromIndex("files", "achievement", achievement);
  return files.sort((one, other) => one.added - other.added);
}

export async function allFilesOf(owner: string): Promise<HeldFile[]> {
  return (await (await shelves()).getAll("files")).filter((file) => file.owner === owner);
}

/** The achievements of which this member has something unsent. */
export async function unsentOf(owner: string): Promise<string[]> {
  const [parcels, files] = await Promise.all([parcelsOf(owner), allFilesOf(owner)]);
  return [...new Set([...parcels.map(({ id }) => id), ...files.map(({ achievement }) => achievement)])];
}

/** Keeps a change of a draft; it is safe on this device from now on. `base`: the hub's version, null for none. */
export async function holdChange(
  { id, owner, base }: Pick<Parcel, "id" | "owner" | "base">,
  change: DraftChange,
): Promise<void> {
  await edit(id, (held) => ({
    id,
    owner,
    base: held?.base ?? base,
    change: { ...held?.change, ...change },
    // Who mends what was refused submits anew.
    submit: held?.problem ? null : (held?.submit ?? null),
    problem: null,
    touched: Date.now(),
  }));
}

/** Asks for the submission of a draft that may still have to be sent. */
export async function holdSubmission(
  { id, owner, base }: Pick<Parcel, "id" | "owner" | "base">,
  key: string,
): Promise<void> {
  await edit(id, (held) => ({
    change: {},
    ...held,
    id,
    owner,
    base: held?.base ?? base,
    submit: held?.submit ?? key,
    problem: null,
    touched: Date.now(),
  }));
}

/** Keeps files of an achievement. */
export async function holdFiles(achievement: string, owner: string, files: File[]): Promise<void> {
  const tx = (await shelves()).transaction("files", "readwrite");
  const now = Date.now();
  await Promise.all(
    files.map((bytes, index) =>
      tx.store.put({
        key: crypto.randomUUID(),
        achievement,
        owner,
        name: bytes.name,
        type: bytes.type,
        bytes,
        tried: false,
        problem: null,
        added: now + index,
      }),
    ),
  );
  await tx.done;
  announce({ id: achievement });
}

/** The hub has answered with this version: what it now has is no longer unsent. */
export async function settle(saved: Achievement): Promise<void> {
  await edit(
    saved.id,
    (held) => held && { ...held, base: saved, change: differences(contentOf(saved), held.change) },
    saved,
  );
}

/** Says what became of a parcel: refused, or to be tried again. */
export async function markParcel(id: string, problem: Problem | null): Promise<void> {
  await edit(id, (held) => held && { ...held, problem });
}

/** The submission went through, or is wanted no more. */
export async function dropSubmission(id: string, moved?: Achievement): Promise<void> {
  await edit(id, (held) => held && { ...held, submit: null, base: moved ?? held.base, problem: null }, moved);
}

export async function markFile(
  key: string,
  mark: Partial<Pick<HeldFile, "tried" | "problem">>,
): Promise<void> {
  const tx = (await shelves()).transaction("files", "readwrite");
  const file = await tx.store.get(key);
  if (file) await tx.store.put({ ...file, ...mark });
  await tx.done;
  if (file) announce({ id: file.achievement });
}

export async function dropFile(key: string, achievement: string): Promise<void> {
  await (await shelves()).delete("files", key);
  announce({ id: achievement, arrived: true });
}

/** Throws away what is unsent of one achievement. */
export async function dropParcel(id: string): Promise<void> {
  const tx = (await shelves()).transaction(["parcels", "files"], "readwrite");
  await tx.objectStore("parcels").delete(id);
  for (const key of await tx.objectStore("files").index("achievement").getAllKeys(id))
    await tx.objectStore("files").delete(key);
  await tx.done;
  announce({ id });
}

/** Clears this device of everything: a shared phone forgets. */
export async function clearShelves(): Promise<void> {
  const tx = (await shelves()).transaction(["parcels", "files", "shares", "kept"], "readwrite");
  await Promise.all(
    (["parcels", "files", "shares", "kept"] as const).map((name) => tx.objectStore(name).clear()),
  );
  await tx.done;
  announce({ id: null });
}

export async function holdShared(files: File[]): Promise<void> {
  const tx = (await shelves()).transaction("shares", "readwrite");
  for (const file of files) await tx.store.add({ name: file.name, type: file.type, bytes: file });
  await tx.done;
}

/** Takes what was shared; the next caller gets nothing. */
export async function takeShared(): Promise<File[]> {
  const tx = (await shelves()).transaction("shares", "readwrite");
  const shared = await tx.store.getAll();
  await tx.store.clear();
  await tx.done;
  return shared.map(({ name, type, bytes }) => new File([bytes], name, { type }));
}

/** A small text under a name, for what was read last. */
export const keptTexts = {
  getItem: async (name: string) => (await (await shelves()).get("kept", name)) ?? null,
  setItem: async (name: string, text: string) => void (await (await shelves()).put("kept", text, name)),
  removeItem: async (name: string) => await (await shelves()).delete("kept", name),
};

/** Changes a parcel in one transaction; one that holds nothing any more goes. */
async function edit(
  id: string,
  change: (held: Parcel | undefined) => Parcel | undefined,
  saved?: Achievement,
): Promise<void> {
  const tx = (await shelves()).transaction("parcels", "readwrite");
  const next = change(await tx.store.get(id));
  const empty = next?.base && Object.keys(next.change).length === 0 && !next.submit;
  if (empty) await tx.store.delete(id);
  else if (next) await tx.store.put(next);
  await tx.done;
  announce({ id, saved });
}
