// Every page and state before the judge: axe finds nothing (WCAG 2.2 AA), light and dark, on a desk and on a phone.

import { AxeBuilder } from "@axe-core/playwright";
import { type APIRequestContext, expect, type Page, type Route, test } from "@playwright/test";
import { type Seat, seat, signedIn } from "./support/app";
import { loginOf, token } from "./support/people";

const COLLEGE = "nvit";
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Look {
  name: string;
  path: string;
  /** What must be there before it is judged. */
  see: (page: Page) => Promise<void>;
  act?: (page: Page) => Promise<void>;
}

const heading = (name: string | RegExp) => (page: Page) =>
  expect(page.getByRole("heading", { level: 1, name })).toBeVisible({ timeout: 20_000 });
const dialog = (page: Page) => expect(page.getByRole("dialog")).toBeVisible();
const alert = (page: Page) => expect(page.getByRole("alert").first()).toBeVisible();

const OUTSIDE: Look[] = [
  { name: "sign in", path: "/app/login", see: heading("Sign in") },
  {
    name: "sign in, refused",
    path: "/app/login",
    act: async (page) => {
      await page.getByLabel("E-mail", { exact: true }).fill("nobody@nvit.example");
      await page.getByLabel("Password", { exact: true }).fill("wrong");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    },
    see: alert,
  },
  {
    name: "register, with faults",
    path: "/app/register",
    act: async (page) => {
      await page.getByRole("combobox", { name: "College" }).click();
      await page.getByRole("option").first().click();
      await page.getByRole("button", { name: "Register", exact: true }).click();
    },
    see: (page) => expect(page.getByText("Enter your name")).toBeVisible(),
  },
  { name: "verify e-mail, bad link", path: "/app/verify-email?token=bad", see: heading(/.+/) },
  { name: "forgotten password", path: "/app/forgot", see: heading("Set a new password") },
  { name: "new password", path: "/app/reset?token=x", see: heading(/.+/) },
  { name: "invitation, bad link", path: "/app/invitation?token=bad", see: alert },
];

const STUDENT: Look[] = [
  { name: "home", path: "/app/", see: heading(/^Hello/) },
  { name: "list", path: "/app/achievements", see: heading("My achievements") },
  {
    name: "list, nothing found",
    path: "/app/achievements",
    act: (page) => page.getByLabel("Search").fill("zzzz"),
    see: (page) => expect(page.getByText("Nothing matches these filters")).toBeVisible(),
  },
  { name: "add, proof", path: "/app/achievements/new", see: heading("Add achievement") },
  {
    name: "add, a refused file",
    path: "/app/achievements/new",
    act: (page) =>
      page
        .locator("input[type=file][multiple]")
        .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") }),
    see: alert,
  },
  { name: "portfolio", path: "/app/portfolio", see: heading("Portfolio") },
  { name: "QR code", path: "/app/qr", see: heading("Show QR code") },
  { name: "outbox, empty", path: "/app/outbox", see: heading("Outbox") },
  {
    name: "notifications",
    path: "/app/",
    act: (page) => page.getByRole("button", { name: /^Notifications/ }).click(),
    see: dialog,
  },
  {
    name: "account menu",
    path: "/app/",
    act: (page) => page.getByRole("button", { name: "Your account" }).click(),
    see: (page) => expect(page.getByRole("menu")).toBeVisible(),
  },
  { name: "settings", path: "/app/settings", see: heading("Settings") },
  {
    name: "settings, security",
    path: "/app/settings/security",
    see: (page) => expect(page.getByText("This one")).toBeVisible(),
  },
  {
    name: "settings, a new passkey",
    path: "/app/settings/security",
    act: (page) => page.getByRole("button", { name: "Add a passkey" }).click(),
    see: dialog,
  },
  {
    name: "settings, a new app",
    path: "/app/settings/security",
    act: (page) => page.getByRole("button", { name: "Set up an app" }).click(),
    see: (page) => expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible(),
  },
  { name: "shared links", path: "/app/portfolio/links", see: heading("Shared links") },
  {
    name: "shared links, a new one",
    path: "/app/portfolio/links",
    act: async (page) => {
      await page.getByRole("button", { name: "New link" }).first().click();
      await page.getByRole("button", { name: "Make the link" }).click();
      await page.getByLabel("Only what I choose").check();
    },
    see: (page) => expect(page.getByText("Give it a name, to know it again")).toBeVisible(),
  },
  {
    name: "no such page",
    path: "/app/nowhere",
    see: (page) => expect(page.getByText("There is no page here")).toBeVisible(),
  },
  { name: "no such item", path: "/app/achievements/0198c0de-0000-7000-8000-00000000dead", see: alert },
];

const FACULTY: Look[] = [
  { name: "queue", path: "/app/review", see: heading("Waiting for review") },
  {
    name: "queue, many chosen",
    path: "/app/review",
    act: async (page) => {
      await page.getByRole("checkbox", { name: "Choose all" }).check();
      await page.getByRole("button", { name: /^Approve \d/ }).click();
    },
    see: dialog,
  },
  { name: "decided", path: "/app/review/decided", see: heading("Decided") },
];

const OFFICE: Look[] = [
  { name: "people, to confirm", path: "/app/people", see: heading("People") },
  { name: "people, members", path: "/app/people?tab=members", see: heading("People") },
  { name: "people, invitations", path: "/app/people?tab=invitations", see: heading("People") },
  {
    name: "people, invite",
    path: "/app/people",
    act: (page) => page.locator("button:has(svg.tabler-icon-mail-plus)").click(),
    see: dialog,
  },
  { name: "roster", path: "/app/roster", see: heading("Roster") },
  { name: "keys", path: "/app/keys", see: heading("Keys") },
  {
    name: "keys, freeze",
    path: "/app/keys",
    act: (page) => page.getByRole("button", { name: "Freeze" }).first().click(),
    see: dialog,
  },
  {
    name: "keys, compromised",
    path: "/app/keys",
    act: (page) => page.getByRole("button", { name: "Compromised…" }).first().click(),
    see: (page) => expect(page.getByText("What hangs on this key")).toBeVisible(),
  },
  { name: "second person", path: "/app/confirmations", see: heading("Second person") },
  { name: "events", path: "/app/events", see: heading("Events") },
  {
    name: "events, a new one",
    path: "/app/events",
    act: (page) => page.getByRole("button", { name: "Enter an event" }).first().click(),
    see: dialog,
  },
];

for (const colorScheme of ["light", "dark"] as const) {
  test(`@phone before the log-in, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const taken = await seat(browser, "about:blank", { options: { colorScheme } });
    for (const look of OUTSIDE) await judge(taken, look);
    await taken.context.close();
  });

  test(`@phone a student's pages, ${colorScheme}`, async ({ browser, request }) => {
    test.setTimeout(240_000);
    const login = await loginOf(request, /^student$/i, COLLEGE);
    const taken = await signedIn(browser, login, "/app/", { language: "en", options: { colorScheme } });
    for (const look of [...STUDENT, ...(await items(request))]) await judge(taken, look);
    await taken.context.close();
  });

  test(`@phone a reviewer's pages, ${colorScheme}`, async ({ browser, request }) => {
    test.setTimeout(240_000);
    const login = await loginOf(request, /faculty/i, COLLEGE);
    const taken = await signedIn(browser, login, "/app/review", { language: "en", options: { colorScheme } });
    for (const look of FACULTY) await judge(taken, look);
    await taken.page.goto("/app/review");
    await taken.page.locator('main a[href*="/review/0"]').locator("visible=true").first().click();
    await taken.page.waitForURL(/\/review\/0/);
    const path = new URL(taken.page.url()).pathname;
    const open = (page: Page) => expect(page.getByRole("button", { name: /^Approve/ })).toBeVisible();
    const press = (name: RegExp) => async (page: Page) => {
      await open(page);
      await page.getByRole("button", { name }).click();
    };
    const field = (page: Page) => expect(page.getByLabel("Message to the student")).toBeVisible();
    for (const look of [
      { name: "review", path, see: open },
      { name: "review, changes", path, act: press(/^Changes/), see: field },
      { name: "review, reject", path, act: press(/^Reject/), see: field },
      { name: "review, shortcuts", path, act: (page: Page) => page.keyboard.press("?"), see: dialog },
    ])
      await judge(taken, look);
    await taken.context.close();
  });

  test(`@phone the office's pages, ${colorScheme}`, async ({ browser, request }) => {
    test.setTimeout(240_000);
    const login = await loginOf(request, /college admin/i, COLLEGE);
    const taken = await signedIn(browser, login, "/app/people", { language: "en", options: { colorScheme } });
    for (const look of OFFICE) await judge(taken, look);
    await taken.context.close();
  });

  test(`a page while it loads, fails, is empty or offline, ${colorScheme}`, async ({ browser, request }) => {
    test.setTimeout(240_000);
    const login = await loginOf(request, /^student$/i, COLLEGE);
    const taken = await signedIn(browser, login, "/app/", { language: "en", options: { colorScheme } });
    const { page } = taken;
    // What was read before would be shown instead.
    await page.addInitScript(() => indexedDB.deleteDatabase("hub"));
    const lists = /\/api\/(achievements|portfolio\/exports|notifications)\/(\?|$)/;
    const empty = { results: [], next: null, previous: null, count: null };
    const states: [string, (route: Route) => unknown, (page: Page) => Promise<void>][] = [
      ["loading", () => undefined, (page) => expect(page.locator("[aria-busy=true]").first()).toBeVisible()],
      [
        "failed",
        (route) =>
          route.fulfill({
            status: 500,
            contentType: "application/problem+json",
            body: '{"type":"about:blank","title":"Internal","status":500,"code":"internal","trace_id":"1"}',
          }),
        alert,
      ],
      [
        "empty",
        (route) => route.fulfill({ json: route.request().url().includes("exports") ? [] : empty }),
        (page) => expect(page.locator("main h2").first()).toBeVisible(),
      ],
      ["offline", (route) => route.abort("internetdisconnected"), alert],
    ];
    for (const [state, answer, see] of states) {
      await page.route(lists, answer);
      for (const path of ["/app/", "/app/achievements", "/app/portfolio", "/app/qr"]) {
        if (path === "/app/qr" && state === "loading") continue;
        await judge(taken, { name: `${path}, ${state}`, path, see });
      }
      await page.unroute(lists);
    }
    await taken.context.close();
  });
}

test("in Hindi and Tamil the pages say so, and are as accessible", async ({ browser, request }) => {
  test.setTimeout(120_000);
  const login = await loginOf(request, /^student$/i, COLLEGE);
  for (const language of ["hi", "ta"] as const) {
    const taken = await signedIn(browser, login, "/app/", { language });
    await expect(taken.page.locator("html")).toHaveAttribute("lang", language);
    for (const path of ["/app/", "/app/achievements/new", "/app/settings"]) {
      const see = async (page: Page) => {
        await expect(page.getByRole("heading", { level: 1 })).toContainText(
          language === "hi" ? /\p{Script=Devanagari}/u : /\p{Script=Tamil}/u,
        );
      };
      await judge(taken, { name: `${path} ${language}`, path, see });
    }
    expect(taken.strangers, "fonts are bundled").toEqual([]);
    await taken.context.close();
  }
});

/** Opens a page, brings it into its state, and lets axe look at it. */
async function judge({ page }: Pick<Seat, "page">, { name, path, see, act }: Look): Promise<void> {
  await test.step(name, async () => {
    await page.goto(path);
    if (act) {
      await page.waitForLoadState("networkidle").catch(() => undefined);
      await act(page);
    }
    await see(page);
    // Dialogs fade in: half faded, they have no contrast.
    await page.waitForTimeout(400);
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    const found = violations.map(({ id, nodes }) => ({
      id,
      at: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    }));
    expect.soft(found, name).toEqual([]);
    expect.soft(await page.title(), `${name} has a title of its own`).toMatch(/ · Student Hub$/);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(wide, `${name} fits the width`).toBeLessThanOrEqual(0);
  });
}

/** One item of the student in each state the demo has. */
async function items(request: APIRequestContext): Promise<Look[]> {
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const headers = { Authorization: `Bearer ${await token(request, login)}` };
  const answer = await request.get("/api/achievements/?limit=100", { headers });
  const { results } = (await answer.json()) as { results: { id: string; status: string }[] };
  const looks: Look[] = [];
  for (const status of new Set(results.map((item) => item.status))) {
    const id = results.find((item) => item.status === status)?.id;
    looks.push({ name: `item, ${status}`, path: `/app/achievements/${id}`, see: heading(/.+/) });
    if (status === "draft") {
      for (const step of ["details", "review"])
        looks.push({
          name: `edit, ${step}`,
          path: `/app/achievements/${id}/edit?step=${step}`,
          see: heading("Edit achievement"),
        });
    }
  }
  return looks;
}
