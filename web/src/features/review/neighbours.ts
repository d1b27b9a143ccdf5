/** Where an item stands in the queue, and what is before and after it. An item that has left the queue is followed by its first. */
export function neighbours(
  ids: string[],
  id: string,
): { at: number; previous: string | null; next: string | null } {
  const at = ids.indexOf(id);
  if (at < 0) return { at, previous: null, next: ids[0] ?? null };
  return { at, previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
}
