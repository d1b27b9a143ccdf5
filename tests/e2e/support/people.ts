// Who is in the demo, and how they come in.

import { type APIRequestContext, expect, type Page } from "@playwright/test";
import { HUB } from "./place";

export interface Login {
  college: string;
  college_name: string;
  email: string;
  password: string;
  role: string;
  name: string;
}

/** The demo's log-ins. */
export async function logins(request: APIRequestContext): Promise<Login[]> {
  const answer = await request.get("/api/demo/");
  expect(answer.ok(), "the hub under test is a demo").toBe(true);
  return ((await answer.json()) as { logins: Login[] }).logins;
}

/** The first log-in whose role is this, at a college if one is named. */
export async function loginOf(request: APIRequestContext, role: RegExp, college?: string): Promise<Login> {
  const all = await logins(request);
  const found = all.find((login) => role.test(login.role) && (college === undefined || login.college === college));
  expect(found, `a demo log-in for ${role}; there are ${all.map((login) => login.role).join(", ")}`).toBeDefined();
  return found as Login;
}

// An account may be guessed at ten times in a quarter of an hour, and no more often signed in with.
const tokens = new Map<string, { access: string; until: number }>();

/** A bearer token for the API. */
export async function token(request: APIRequestContext, login: Login): Promise<string> {
  const { email, password, college } = login;
  const held = tokens.get(email);
  if (held && held.until > Date.now()) return held.access;
  const answer = await request.post("/api/token/", { data: { email, password, college } });
  expect(answer.ok(), `${email} can log in: ${answer.status()}`).toBe(true);
  const { access, expires_in } = (await answer.json()) as { access: string; expires_in: number };
  tokens.set(email, { access, until: Date.now() + (expires_in - 120) * 1000 });
  return access;
}

/** Note every request that leaves the hub; the list must stay empty. */
export function strangers(page: Page): string[] {
  const found: string[] = [];
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== new URL(HUB).origin) found.push(request.url());
  });
  return found;
}
