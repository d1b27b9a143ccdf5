// Pictures of every page on a desk and on a phone, against `npm run dev:fake`:
//   node scripts/screenshots.mjs [outDir] [only] [scheme] [language]
import { mkdir } from "node:fs/promises";

import { chromium } from "playwright-core";

const [out = "screenshots", only = "", scheme = "light", language = "en"] = process.argv.slice(2);
const BASE = process.env.BASE ?? "http://127.0.0.1:5173/app";
const SIZES = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 412, height: 915 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true },
};
const STUDENT = "asha@kaveri.test";
const NEW = "rohit@kaveri.test";
const FACULTY = "meera@kaveri.test";
const ADMIN = "admin@kaveri.test";

const SHOTS = [
  ["login", null, "/login"],
  [
    "login-colleges",
    null,
    "/login",
    async (page) => {
      await page.fill("input[name=email]", "two@kaveri.test");
      await page.fill("input[name=password]", "x");
      await page.click("button[type=submit]");
    },
  ],
  [
    "login-wrong",
    null,
    "/login",
    async (page) => {
      await page.fill("input[name=email]", "who@kaveri.test");
      await page.fill("input[name=password]", "x");
      await page.click("button[type=submit]");
    },
  ],
  [
    "register",
    null,
    "/register",
    async (page) => {
      await page.click("[placeholder]");
      await page.getByRole("option").first().click();
      await page.waitForTimeout(500);
      await page.click("button[type=submit]");
    },
    "full",
  ],
  ["verify-email", null, "/verify-email?token=good"],
  ["forgot", null, "/forgot"],
  ["reset", null, "/reset?token=x"],
  ["invitation", null, "/invitation?token=good"],
  ["home", STUDENT, "/", null, "full"],
  ["home-empty", NEW, "/", null, "full"],
  ["list", STUDENT, "/achievements"],
  [
    "add-1",
    STUDENT,
    "/achievements/new",
    async (page) => {
      await page.setInputFiles("input[type=file][multiple]", [
        { name: "certificate.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(200_000) },
        { name: "letter.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(90_000) },
        { name: "notes.docx", mimeType: "application/msword", buffer: Buffer.alloc(1000) },
      ]);
    },
    "full",
  ],
  ["add-2", STUDENT, "/achievements/0198c0de-0000-7000-8000-000000000001/edit?step=details", null, "full"],
  ["add-3-missing", STUDENT, "draft:review", null, "full"],
  ["add-3", STUDENT, "changes:review", null, "full"],
  ["item-approved", STUDENT, "approved:item", null, "full"],
  ["item-changes", STUDENT, "changes:item", null, "full"],
  ["portfolio", STUDENT, "/portfolio", null, "full"],
  ["qr", STUDENT, "/qr"],
  ["outbox-empty", STUDENT, "/outbox"],
  [
    "outbox",
    STUDENT,
    "/achievements/new",
    async (page) => {
      await page.setInputFiles("input[type=file][multiple]", [
        { name: "certificate.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(2_400_000) },
      ]);
      await page.waitForTimeout(600);
      await page.context().setOffline(true);
      await page.locator('a[href$="/outbox"]').first().click();
    },
  ],
  [
    "sign-out",
    STUDENT,
    "/achievements/new",
    async (page) => {
      await page.setInputFiles("input[type=file][multiple]", [
        { name: "certificate.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(2_400_000) },
      ]);
      await page.waitForTimeout(600);
      await page.locator("header button").last().click();
      await page.locator("[role=menuitem]").last().click();
    },
  ],
  [
    "notifications",
    STUDENT,
    "/",
    async (page) =>
      page.click("button[aria-label^=Notifications], button[aria-label]:has(svg.tabler-icon-bell)"),
  ],
  ["settings", FACULTY, "/settings", null, "full"],
  ["queue", FACULTY, "/review", null, "full"],
  [
    "queue-bulk",
    FACULTY,
    "/review",
    async (page) => {
      for (const at of [1, 2, 3, 4]) await page.locator("[class*=pick] input").nth(at).click();
    },
  ],
  [
    "queue-bulk-dialog",
    FACULTY,
    "/review",
    async (page) => {
      for (const at of [1, 2, 3, 4]) await page.locator("[class*=pick] input").nth(at).click();
      await page.locator("section[class*=bar] button").first().click();
    },
  ],
  ["review", FACULTY, "first:review"],
  ["review-changes", FACULTY, "first:review", async (page) => page.keyboard.press("c")],
  ["review-reject", FACULTY, "first:review", async (page) => page.keyboard.press("r")],
  ["review-help", FACULTY, "first:review", async (page) => page.keyboard.press("?")],
  ["review-undo", FACULTY, "first:review", async (page) => page.keyboard.press("a")],
  ["decided", FACULTY, "/review/decided", null, "full"],
  ["decided-item", ADMIN, "decided:item", null, "full"],
  [
    "revoke",
    ADMIN,
    "decided:item",
    async (page) => page.locator("button:has(svg.tabler-icon-ban)").first().click(),
  ],
  ["people-confirm", ADMIN, "/people"],
  ["people-members", ADMIN, "/people?tab=members"],
  ["people-invitations", ADMIN, "/people?tab=invitations"],
  [
    "people-invite",
    ADMIN,
    "/people",
    async (page) => page.locator("button:has(svg.tabler-icon-mail-plus)").click(),
  ],
  ["roster", ADMIN, "/roster"],
  [
    "roster-import",
    ADMIN,
    "/roster",
    async (page) => {
      await page.locator("button:has(svg.tabler-icon-file-import)").click();
      await page.setInputFiles("input[type=file]", {
        name: "roster.csv",
        mimeType: "text/csv",
        buffer: Buffer.from("h\n1,A B,,BTECH,2023-2027,,\n2,C D,,,2023-2027,,\n3,E,,BTECH,2023-2027,,"),
      });
    },
  ],
  ["keys", ADMIN, "/keys", null, "full"],
  [
    "keys-rotate",
    ADMIN,
    "/keys",
    async (page) => page.locator("button:has(svg.tabler-icon-rotate)").first().click(),
  ],
  [
    "menu",
    ADMIN,
    "/people",
    async (page) =>
      page
        .locator("nav button")
        .last()
        .click()
        .catch(() => undefined),
  ],
  ["not-found", STUDENT, "/nowhere"],
];

/** Pages whose address depends on what a list shows. */
async function wander(page, where) {
  const [what, then] = where.split(":");
  const lists = {
    approved: "/achievements?status=approved",
    draft: "/achievements?status=draft",
    changes: "/achievements?status=changes_requested",
    first: "/review",
    decided: "/review/decided",
  };
  await page.goto(BASE + lists[what]);
  const link = page.locator('main a[href*="/achievements/0"], main a[href*="/review/0"]').last();
  await (what === "first" ? page.locator('main li a, main a[href*="/review/0"]').nth(1) : link).waitFor();
  const href = await (what === "first"
    ? page.locator('main a[href*="/review/0"]').nth(1)
    : link
  ).getAttribute("href");
  await page.goto(
    new URL(href, BASE).href + (then === "review" && what !== "first" ? "/edit?step=review" : ""),
  );
}

await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const [size, options] of Object.entries(SIZES)) {
  for (const [name, who, where, act, full] of SHOTS) {
    if (only && !name.match(new RegExp(`^(${only})$`))) continue;
    const context = await browser.newContext({ ...options, colorScheme: scheme, locale: language });
    await context.addInitScript((language) => localStorage.setItem("hub.language", language), language);
    const page = await context.newPage();
    page.on(
      "console",
      (message) =>
        message.type() === "error" &&
        !/40[0-9]|Failed to load/.test(message.text()) &&
        console.log(name, size, message.text().slice(0, 300)),
    );
    page.on("pageerror", (error) => console.log(name, size, "PAGE ERROR", String(error).slice(0, 300)));
    try {
      if (who) await page.addInitScript((who) => sessionStorage.setItem("fake.signed-in", who), who);
      if (who && language !== "en")
        await page.addInitScript((language) => sessionStorage.setItem("fake.language", language), language);
      if (where.includes(":")) await wander(page, where);
      else await page.goto(BASE + where);
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(900);
      if (act) {
        await act(page);
        await page.waitForTimeout(1100);
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) console.log(name, size, `is ${wide} px too wide`);
      await page.screenshot({ path: `${out}/${name}-${size}.png`, fullPage: full === "full" });
    } catch (error) {
      console.log(name, size, "FAILED", String(error).split("\n")[0]);
      await page.screenshot({ path: `${out}/${name}-${size}-failed.png` });
    }
    await context.close();
  }
}
await browser.close();
