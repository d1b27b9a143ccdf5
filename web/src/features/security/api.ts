import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, idempotencyKey } from "~/api/client";
import type { Ceremony, Passkey, RecoveryCodes, SecondFactors, Session, TotpOffer } from "~/api/schema";
import { makePasskey } from "~/features/auth/passkeys";

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => call<Session[]>("/api/sessions/", { signal }),
});

export const factorsQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: ({ signal }) => call<SecondFactors>("/api/second-factor/", { signal }),
});

export const passkeysQuery = queryOptions({
  queryKey: ["passkeys"],
  queryFn: ({ signal }) => call<Passkey[]>("/api/passkeys/", { signal }),
});

/** Ends one session, or (null) all but this one. */
export function useEndSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string | null) =>
      id
        ? call(`/api/sessions/${id}/`, { method: "DELETE" })
        : call("/api/sessions/", { method: "DELETE", query: { others_only: true } }),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

/** Does something with the second factors, and reads them anew; roles may be held from then on. */
export function useFactors<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => {
      for (const queryKey of [factorsQuery.queryKey, passkeysQuery.queryKey, ["me"]])
        void queries.invalidateQueries({ queryKey });
    },
  });
}

export const beginTotp = () => post<TotpOffer>("/api/second-factor/totp/");

export const confirmTotp = (code: string) =>
  post<RecoveryCodes>("/api/second-factor/totp/confirm/", { code: code.replace(/\s/g, "") });

export const removeTotp = () => call("/api/second-factor/totp/", { method: "DELETE" });

export const replaceRecoveryCodes = () => post<RecoveryCodes>("/api/second-factor/recovery-codes/");

/** Has the device make a passkey and tells the hub of it. */
export async function addPasskey(name: string): Promise<Passkey> {
  const question = await post<Ceremony<PublicKeyCredentialCreationOptionsJSON>>("/api/passkeys/options/");
  return post("/api/passkeys/", { name, ...(await makePasskey(question)) });
}

export const renamePasskey = ({ id, name }: { id: string; name: string }) =>
  call(`/api/passkeys/${id}/`, { method: "PATCH", body: { name } });

export const removePasskey = (id: string) => call(`/api/passkeys/${id}/`, { method: "DELETE" });

function post<T>(path: string, body: unknown = {}): Promise<T> {
  return call<T>(path, { method: "POST", body, idempotencyKey: idempotencyKey() });
}
