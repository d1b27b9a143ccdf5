import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { useCategories, useMe } from "~/api/me";
import type { Achievement, Category, Me } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";
import { contentOf, type DraftChange, EMPTY_CONTENT } from "~/features/achievements/content";
import { sendContent } from "~/outbox/outbox";
import { holdChange, type Parcel, parcelOf } from "~/outbox/store";
import { parcelQuery } from "~/outbox/useOutbox";

/**
 * One draft: what the hub has, and over it what this device has not sent yet. Whatever is typed is kept here first,
 * then sent. `achievement` is null for a new draft without a category.
 */
export function useDraft(id: string, isNew: boolean) {
  const me = useMe();
  const queries = useQueryClient();
  const categories = useCategories().data ?? [];
  const parcel = useQuery(parcelQuery(id));
  const unborn = parcel.data ? parcel.data.base === null : isNew;
  const known = useQuery({ ...achievementQuery(id), enabled: parcel.isSuccess && !unborn });
  const save = useMutation({
    scope: { id: `draft-${id}` },
    mutationFn: async (change: DraftChange): Promise<Achievement | null> => {
      await holdChange({ id, owner: me.id, base: await baseOf(id, queries) }, change);
      return sendContent(id);
    },
  });
  const base = known.data ?? parcel.data?.base ?? null;
  const achievement = overlay(base ?? newborn(id, parcel.data, me), parcel.data ?? null, categories);
  return { achievement, onHub: base !== null, parcel: parcel.data ?? null, known, save };
}

/** The hub's version the next change is made on; null for a draft it does not know. */
async function baseOf(id: string, queries: QueryClient): Promise<Achievement | null> {
  return queries.getQueryData(achievementQuery(id).queryKey) ?? (await parcelOf(id))?.base ?? null;
}

function newborn(id: string, parcel: Parcel | null | undefined, me: Me): Achievement | null {
  if (!parcel?.change.category) return null;
  return {
    ...EMPTY_CONTENT,
    hours: null,
    level: null,
    outcome: null,
    role: null,
    team: null,
    started_on: null,
    ended_on: null,
    id,
    etag: "",
    status: "draft",
    category: { code: parcel.change.category, name: parcel.change.category, icon: "" },
    updated_at: new Date(parcel.touched).toISOString(),
    submitted_at: null,
    due_at: null,
    evidence_count: 0,
    thumbnail_url: null,
    student: {
      id: me.id,
      full_name: me.full_name,
      full_name_native: me.full_name_native,
      roll_number: me.roll_number ?? "",
      department: me.department?.name ?? "",
    },
    warnings: [],
    revision: 1,
    evidence: [],
    allowed: ["edit", "delete"],
    last_decision: null,
    credential: null,
    previous_approvals: 0,
    missing: [],
    approvals: { given: 0, needed: 1 },
    awaiting_second: false,
    claim: null,
    live_revision: null,
  };
}

function overlay(
  base: Achievement | null,
  parcel: Parcel | null,
  categories: Category[],
): Achievement | null {
  if (!base || !parcel) return base;
  const { category: code, ...content } = { ...contentOf(base), ...parcel.change };
  const category = categories.find((each) => each.code === code);
  return {
    ...base,
    ...content,
    category: category ? { code: category.code, name: category.name, icon: category.icon } : base.category,
  } as Achievement;
}
