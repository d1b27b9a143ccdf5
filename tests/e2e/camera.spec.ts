// The camera of a phone: as many shots as the paper has pages. Chromium's own test picture stands before the lens.

import { expect, test } from "@playwright/test";
import { signedIn } from "./support/app";
import { loginOf } from "./support/people";

const COLLEGE = "nvit";

test.use({
  permissions: ["camera"],
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  },
  viewport: { width: 412, height: 915 },
  isMobile: true,
  hasTouch: true,
});

test("several shots are taken, one thrown away, and the rest go up as moderate JPEGs", async ({ browser, request }) => {
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, "/app/achievements/new", { language: "en" });
  await page.getByRole("button", { name: "Take photos" }).tap();
  await page.getByRole("button", { name: "Take the photo" }).tap();
  await page.getByRole("button", { name: "Another page" }).tap();
  await page.getByRole("button", { name: "Another page" }).tap();
  await expect(page.getByText("3 shots")).toBeVisible();
  await page.getByRole("button", { name: "Remove shot 1" }).tap();
  await page.getByRole("button", { name: "Use them" }).tap();
  await page.getByRole("button", { name: /^Technical events/ }).tap();
  const captions = page.getByRole("textbox", { name: /^Caption of photo-.*\.jpg$/ });
  await expect(captions).toHaveCount(2, { timeout: 30_000 });
  await context.close();
});
