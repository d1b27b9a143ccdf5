// The hub app, as its people use it: everything through the screen.

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Cookie,
  expect,
  type Page,
} from "@playwright/test";
import { type Login, strangers } from "./people";

/** Somebody at a browser of their own, and what must not have happened there. */
export interface Seat {
  page: Page;
  context: BrowserContext;
  /** Requests to other hosts. */
  strangers: string[];
  /** What the browser complained about; a policy that was broken among it. */
  complaints: string[];
}

/** How a browser is set up for somebody. */
export interface Wish {
  /** Whatever language the person has chosen, the pages come in this one. */
  language?: "en" | "hi" | "ta";
  options?: BrowserContextOptions;
  /** A session of one's own, by the form; otherwise that of an earlier test goes on. */
  fresh?: boolean;
}

/** A fresh browser at a page of the app. */
export async function seat(browser: Browser, path: string, { language, options }: Wish = {}): Promise<Seat> {
  const context = await browser.newContext(options);
  if (language) await speak(context, language);
  const page = await context.newPage();
  const found: Seat = { page, context, strangers: strangers(page), complaints: [] };
  page.on(
    "console",
    (message) => message.type() === "error" && found.complaints.push(`${message.text()} ${message.location().url}`),
  );
  page.on("pageerror", (error) => found.complaints.push(String(error)));
  await page.goto(path);
  return found;
}

/** A fresh browser in which somebody has signed in, and where `path` is open. */
export async function signedIn(
  browser: Browser,
  login: Pick<Login, "email" | "password">,
  path = "/app/",
  wish: Wish = {},
): Promise<Seat> {
  const { email } = login;
  const session = wish.fresh ? undefined : sessions.get(email);
  if (session) {
    // Two browsers with one refresh token would look like a thief: it is lent, and comes back.
    sessions.delete(email);
    const taken = await seat(browser, "about:blank", wish);
    await taken.context.addCookies(session);
    lend(taken, email);
    await taken.page.goto(path);
    await expect(taken.page.locator("#main, form").first()).toBeVisible();
    if (!/\/login/.test(taken.page.url())) return taken;
    await taken.context.close();
    sessions.delete(email);
  }
  const taken = await seat(browser, `/app/login?next=${encodeURIComponent(path.replace(/^\/app/, ""))}`, wish);
  if (!wish.fresh) lend(taken, email);
  await signIn(taken.page, login);
  return taken;
}

const sessions = new Map<string, Cookie[]>();

/** Keeps the session of a browser for the next one, once this one is closed. */
function lend({ context, page }: Seat, email: string): void {
  let cookies: Cookie[] = [];
  page.on("response", (answer) => {
    if (!/\/api\/token\//.test(answer.url()) || !answer.ok()) return;
    void answer.finished().then(async () => {
      cookies = await context.cookies().catch(() => cookies);
    });
  });
  context.on("close", () => cookies.length > 0 && sessions.set(email, cookies));
}

/** The pages in one language, without changing the account. */
async function speak(context: BrowserContext, language: string): Promise<void> {
  await context.addInitScript((language) => {
    // An empty page has no storage.
    if (location.protocol.startsWith("http")) localStorage.setItem("hub.language", language);
  }, language);
  await context.route("**/api/me/", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch().catch(() => null);
    if (!response?.ok()) return response ? route.fulfill({ response }) : route.abort("internetdisconnected");
    return route.fulfill({ response, json: { ...(await response.json()), language } });
  });
}

/** Wait until the service worker holds the page and has its files. */
export async function ready(page: Page): Promise<void> {
  const held = () => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null);
  await page.waitForFunction(held, undefined, { timeout: 60_000 });
  // What was read is kept a second later.
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(1_500);
}

/** Fill in the form and wait until the app has let the person in. */
export async function signIn(page: Page, { email, password }: Pick<Login, "email" | "password">): Promise<void> {
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  // A busy machine takes its time over a password.
  await expect(page).not.toHaveURL(/\/login/, { timeout: 40_000 });
}

/** The link in the newest mail to somebody, from the demo's page of mails. */
export async function linkInMail(page: Page, email: string): Promise<string> {
  const mail = page.locator("article", { hasText: email }).first();
  // A job sends it, after the answer to what caused it.
  await expect(async () => {
    await page.goto("/demo/mails/");
    await expect(mail, `a mail to ${email}`).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  const link = /https?:\/\/\S+\/app\/\S+/.exec(await mail.innerText())?.[0];
  expect(link, "the mail has a link").toBeDefined();
  return link as string;
}
