import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, idempotencyKey } from "~/api/client";
import type { Member, MemberState, Page, PendingInvitation, Role } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";

export interface MemberFilter {
  state?: MemberState;
  role?: Role;
  q?: string;
}

export function useMembers(filter: MemberFilter) {
  return useInfiniteQuery({
    queryKey: ["members", filter],
    queryFn: ({ pageParam, signal }) =>
      call<Page<Member>>("/api/members/", { query: { ...filter, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Says that a registration is a student of this college. */
export function useConfirmMember() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, etag }: Member) =>
      call<Member>(`/api/members/${id}/confirm/`, {
        method: "POST",
        body: {},
        ifMatch: etag,
        idempotencyKey: idempotencyKey(),
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["members"] }),
  });
}

export function useInvitations() {
  return useInfiniteQuery({
    queryKey: ["invitations"],
    queryFn: ({ pageParam, signal }) =>
      call<Page<PendingInvitation>>("/api/invitations/", { query: { limit: 50, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export interface NewInvitation {
  email: string;
  roles: { role: Role; scope?: { kind: "college" | "department"; id: string | null } }[];
}

export function useInvite() {
  const queries = useQueryClient();
  const { keyFor } = useIdempotencyKey();
  return useMutation({
    mutationFn: (invitation: NewInvitation) =>
      call<PendingInvitation>("/api/invitations/", {
        method: "POST",
        body: invitation,
        idempotencyKey: keyFor(invitation),
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["invitations"] }),
  });
}

export function useWithdrawInvitation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call(`/api/invitations/${id}/`, { method: "DELETE" }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["invitations"] }),
  });
}
