import { defineConfig } from "@playwright/test";
import { BINARY, DATA, HUB } from "./support/place";

// Where there is a hub already, HUB_URL names it; otherwise one of its own is started, with a demo in an empty folder.
const given = process.env.HUB_URL !== undefined;

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "results",
  // One hub, one story: tests that change it must not run into each other.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  reporter: process.env.CI ? "github" : "list",
  ...(given
    ? {}
    : {
        webServer: {
          command: `"${BINARY}" run --data "${DATA}" --listen "${new URL(HUB).host}" --public-url "${HUB}"`,
          url: `${HUB}/readyz`,
          timeout: 180_000,
          reuseExistingServer: false,
        },
      }),
  use: {
    baseURL: HUB,
    locale: "en-IN",
    timezoneId: "Asia/Kolkata",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  projects: [
    { name: "desk", use: { viewport: { width: 1280, height: 900 } } },
    {
      name: "phone",
      grep: /@phone/,
      use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
  ],
});
