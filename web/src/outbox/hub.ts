import { call, callVersioned } from "~/api/client";
import type { Achievement } from "~/api/schema";
import type { Hub } from "~/outbox/deliver";

/** The tag under which the service worker is woken (Background Sync). */
export const SYNC = "hub-outbox";

/** The hub as both the pages and the service worker ask it; only the upload differs. */
export function hubWith(upload: Hub["upload"]): Hub {
  return {
    read: readAchievement,
    create: (id, body) => call(`/api/achievements/${id}/`, { method: "PUT", body, ifNoneMatch: "*" }),
    patch: (id, ifMatch, body) => call(`/api/achievements/${id}/`, { method: "PATCH", body, ifMatch }),
    submit: (id, ifMatch, idempotencyKey) =>
      call(`/api/achievements/${id}/submit/`, { method: "POST", body: {}, ifMatch, idempotencyKey }),
    upload,
  };
}

/** Reads one achievement; its `etag` is the header's, which is the one that counts. */
export async function readAchievement(id: string, signal?: AbortSignal): Promise<Achievement> {
  const { data, etag } = await callVersioned<Achievement>(`/api/achievements/${id}/`, { signal });
  return etag ? { ...data, etag } : data;
}

/** A file as the form the hub takes. */
export function formOf({ bytes, name, type }: { bytes: Blob; name: string; type: string }): FormData {
  const form = new FormData();
  form.append("file", new File([bytes], name, { type }));
  return form;
}

export const evidencePath = (achievement: string) => `/api/achievements/${achievement}/evidence/`;
