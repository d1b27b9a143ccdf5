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
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? "github" : "list",
  ...(given
    ? {}
    : {
        webServer: {
          // The hub refuses every HUB_… that is no setting of its own.
          command: `env -u HUB_BINARY "${BINARY}" run --demo small`,
          env: {
            HUB_LISTEN: `127.0.0.1:${new URL(HUB).port}`,
            HUB_PUBLIC_URL: HUB,
            HUB_DATA_DIR: DATA,
            HUB_MASTER_KEY_FILE: `${DATA}/keys/master.key`,
          },
          gracefulShutdown: { signal: "SIGTERM", timeout: 30_000 },
          url: `${HUB}/readyz`,
          timeout: 420_000,
          reuseExistingServer: false,
        },
      }),
  use: {
    baseURL: HUB,
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    // A page that a service worker answers cannot be watched as closely; offline.spec.ts and pwa.spec.ts have theirs.
    serviceWorkers: "block",
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
