import { queryOptions } from "@tanstack/react-query";

import { call } from "~/api/client";
import { hasCode } from "~/api/problem";
import type {
  Ceremony,
  College,
  CollegeSummary,
  Invitation,
  Page,
  Registered,
  RegisterRequest,
  SecondFactorRequest,
  Tokens,
} from "~/api/schema";

/** Log-ins a demo deployment offers. */
export interface Demo {
  logins: {
    college: string;
    college_name: string;
    email: string;
    password: string;
    role: string;
    name: string;
  }[];
  mails_url: string;
}

export interface Credentials {
  email: string;
  password: string;
  college?: string;
}

export function signIn(credentials: Credentials): Promise<Tokens> {
  return call("/api/token/", { method: "POST", body: credentials, anonymous: true });
}

/** Ends a log-in that was answered with mfa_required. */
export function answerChallenge(shown: SecondFactorRequest): Promise<Tokens> {
  return call("/api/token/second-factor/", { method: "POST", body: shown, anonymous: true });
}

/** What to ask the device, where a log-in waits for a passkey. */
export function passkeyForChallenge(token: string): Promise<Ceremony<PublicKeyCredentialRequestOptionsJSON>> {
  return call("/api/token/second-factor/passkey/", { method: "POST", body: { token }, anonymous: true });
}

export function register(request: RegisterRequest, key: string): Promise<Registered> {
  return call("/api/register/", { method: "POST", body: request, anonymous: true, idempotencyKey: key });
}

export function verifyEmail(token: string): Promise<Registered> {
  return call("/api/email/verify/", { method: "POST", body: { token }, anonymous: true });
}

export function askReset(email: string): Promise<void> {
  return call("/api/password/reset/", { method: "POST", body: { email }, anonymous: true });
}

export function confirmReset(token: string, password: string): Promise<void> {
  return call("/api/password/reset/confirm/", { method: "POST", body: { token, password }, anonymous: true });
}

export function acceptInvitation(
  token: string,
  body: { full_name: string; password: string },
): Promise<{ email: string; college: string }> {
  return call(`/api/invitations/${encodeURIComponent(token)}/accept/`, {
    method: "POST",
    body,
    anonymous: true,
  });
}

export const collegesQuery = queryOptions({
  queryKey: ["public", "colleges"],
  queryFn: async ({ signal }) => {
    const colleges: CollegeSummary[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<CollegeSummary> = await call("/api/colleges/", {
        query: { limit: 100, cursor },
        anonymous: true,
        signal,
      });
      colleges.push(...page.results);
      cursor = page.next;
    } while (cursor);
    return colleges;
  },
});

export const collegeQuery = (slug: string) =>
  queryOptions({
    queryKey: ["public", "college", slug],
    queryFn: ({ signal }) => call<College>(`/api/colleges/${slug}/`, { anonymous: true, signal }),
    enabled: slug !== "",
  });

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ["public", "invitation", token],
    queryFn: ({ signal }) =>
      call<Invitation>(`/api/invitations/${encodeURIComponent(token)}/`, { anonymous: true, signal }),
    retry: false,
  });

/** Null on every deployment that is not a demo. */
export const demoQuery = queryOptions({
  queryKey: ["public", "demo"],
  queryFn: async ({ signal }): Promise<Demo | null> => {
    try {
      return await call<Demo>("/api/demo/", { anonymous: true, signal });
    } catch (error) {
      if (hasCode(error, "not_found")) return null;
      throw error;
    }
  },
  retry: false,
  staleTime: Number.POSITIVE_INFINITY,
});
