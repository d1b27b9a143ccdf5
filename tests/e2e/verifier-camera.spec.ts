// The page's own camera on a printed code, as phones see it: at an angle, out of focus, from an office printer.

import { expect as base, chromium, test } from "@playwright/test";
import { type Papers, papersOf } from "./support/documents";
import { film, photograph } from "./support/film";
import { renderPage } from "./support/paper";
import { strangers } from "./support/people";
import { HUB } from "./support/place";

// Signatures, fifty files, a busy machine: what is waited for comes, but not always at once.
const expect = base.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

let papers: Papers;

test.beforeAll(async ({ playwright, baseURL }) => {
  test.setTimeout(180_000);
  const request = await playwright.request.newContext({ baseURL: baseURL as string });
  papers = await papersOf(request, "nvit");
  await request.dispose();
});

for (const [how, shot] of [
  ["straight", { tilt: [0, 0, 0], blur: 0 }],
  ["at an angle", { tilt: [18, -22, 9], blur: 0.4 }],
  ["out of focus", { tilt: [4, 6, -5], blur: 1.3 }],
] as const) {
  test(`a code printed at 150 dpi and seen ${how} is read`, async ({ browser }, info) => {
    const picture = await photograph(browser, await renderPage(papers.path, 1, 150), { ...shot, tilt: [...shot.tilt] });
    await info.attach(how, { body: picture, contentType: "image/png" });
    const path = info.outputPath("camera.y4m");
    await film(browser, picture, path);
    const own = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        `--use-file-for-fake-video-capture=${path}`,
      ],
    });
    try {
      const page = await own.newPage({ baseURL: HUB, locale: "en-IN" });
      const others = strangers(page);
      await page.goto("/v");
      await page.getByRole("button", { name: "Scan the QR code" }).click();
      await expect(page.locator("#verdict")).toHaveText("Valid", { timeout: 45_000 });
      await expect(page.locator(".paper .who-name")).toHaveText(papers.holder);
      await expect(page.locator("dialog.camera")).toHaveCount(0);
      expect(others).toEqual([]);
      // A picture of the same, handed in as a file.
      await page.goto("/v");
      await page.locator("#file").setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: picture });
      await expect(page.locator("#verdict")).toHaveText("Valid");
    } finally {
      await own.close();
    }
  });
}

test("without a camera the page says what else can be done", async ({ page, context }) => {
  await context.clearPermissions();
  await page.goto("/v");
  await page.getByRole("button", { name: "Scan the QR code" }).click();
  await expect(page.getByRole("alert")).toContainText("picture of the QR code");
});
