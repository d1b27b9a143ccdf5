// Lighthouse on the built app, desktop profile: node lighthouse.mjs (HUB_URL names a demo; default http://localhost:8099).
// Fails below: accessibility 1.0, best practices 1.0. Performance (goal: 0.9) and layout shift (goal: below 0.05) are
// printed: they say as much about the machine as about the app.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";

const HUB = process.env.HUB_URL ?? "http://localhost:8099";
const PORT = Number(process.env.DEBUG_PORT ?? 9322);
const LEAST = { accessibility: 1, "best-practices": 1 };

const context = await chromium.launchPersistentContext(await mkdtemp(join(tmpdir(), "lighthouse-")), {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", `--remote-debugging-port=${PORT}`],
});
let failed = false;
try {
  await audit("sign-in", "/app/login");
  await signIn();
  for (const [name, path] of [
    ["home", "/app/"],
    ["add", "/app/achievements/new"],
    ["security", "/app/settings/security"],
    ["links", "/app/portfolio/links"],
    ["portfolio", "/app/portfolio"],
  ])
    await audit(name, path);
} finally {
  await context.close();
}
process.exit(failed ? 1 : 0);

/** The scores of one page, as somebody who is signed in sees it. */
async function audit(name, path) {
  const result = await lighthouse(
    HUB + path,
    {
      port: PORT,
      output: "json",
      onlyCategories: ["performance", ...Object.keys(LEAST)],
      disableStorageReset: true,
      logLevel: "error",
    },
    desktopConfig,
  );
  const { categories, audits } = result?.lhr ?? { categories: {}, audits: {} };
  await writeFile(join("results", `lighthouse-${name}.json`), result?.report ?? "").catch(() => undefined);
  const scores = Object.entries(LEAST).map(([category, least]) => {
    const { score = 0, auditRefs = [] } = categories[category] ?? {};
    const faults = auditRefs
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => `${id}${audits[id]?.displayValue ? ` (${audits[id].displayValue})` : ""}`);
    if ((score ?? 0) < least) failed = true;
    return `${category} ${score}${(score ?? 0) < least ? ` BELOW ${least}: ${faults.join(", ")}` : ""}`;
  });
  const shift = audits["cumulative-layout-shift"]?.displayValue;
  process.stdout.write(
    `${name}: performance ${categories.performance?.score} · layout shift ${shift} · ${scores.join(" · ")}\n`,
  );
}

async function signIn() {
  const page = await context.newPage();
  const { logins } = await (await page.request.get(`${HUB}/api/demo/`)).json();
  const { email, password } = logins.find(({ role }) => /^student$/i.test(role));
  await page.goto(`${HUB}/app/login`);
  await page.getByRole("textbox", { name: /e-mail|ई-मेल|மின்/i }).fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.waitForURL((address) => !address.pathname.endsWith("/login"), { timeout: 60_000 });
  await page.close();
}
