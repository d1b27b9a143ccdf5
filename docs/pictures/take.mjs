// The README's pictures, from a hub with a demo in it:
//   ./run                                    (elsewhere; wait for its address)
//   cd tests/e2e && npm ci && cd -           (brings Playwright)
//   HUB_URL=http://localhost:8080 node docs/pictures/take.mjs
// Needs Chromium (CHROMIUM names another than /usr/bin/chromium), poppler-utils and, for small files, pngquant or ImageMagick.

import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HUB = process.env.HUB_URL ?? "http://localhost:8080";
const HERE = fileURLToPath(new URL(".", import.meta.url));
const { chromium } = createRequire(new URL("../../tests/e2e/", import.meta.url))("@playwright/test");
const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 412, height: 915 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true };

const { logins } = await answer("/api/demo/");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const student = loginOf(/^student$/i);
const faculty = loginOf(/faculty/i);

const pdf = await portfolio();
picture(["pdftoppm", "-png", "-r", "84", "-f", "1", "-l", "1", "-singlefile", pdf], "portfolio-page");
await verdict(pdf);

for (const [screen, suffix] of [
  [DESK, ""],
  [PHONE, "-phone"],
]) {
  await shoot(student, "/app/", screen, `student-home${suffix}`);
  await shoot(faculty, "/app/review", screen, `review${suffix}`, openOne);
}
await shoot(faculty, "/app/review", DESK, "queue");
await shoot(loginOf(/key manager/i), "/app/keys", DESK, "keys");

await browser.close();

/** What the hub answers, as JSON. */
async function answer(path, options = {}) {
  const response = await fetch(HUB + path, options);
  if (!response.ok) throw new Error(`${path} answers ${response.status}; is there a demo at ${HUB}?`);
  return response.json();
}

function loginOf(role) {
  const found = logins.find((login) => role.test(login.role));
  if (!found) throw new Error(`the demo has no log-in for ${role}`);
  return found;
}

/** Sign in, in English, open a page, and take its picture. */
async function shoot({ email, password }, path, screen, name, act = async () => {}) {
  const context = await browser.newContext({ ...screen, locale: "en-IN", timezoneId: "Asia/Kolkata" });
  // The pictures are in English, whatever language the person has chosen.
  await context.route("**/api/me/", async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), language: "en" } });
  });
  const page = await context.newPage();
  await page.goto(`${HUB}/app/login?next=${encodeURIComponent(path.replace(/^\/app/, ""))}`);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((address) => !address.pathname.endsWith("/login"));
  await settled(page);
  await act(page);
  await save(page, name);
  await context.close();
}

/** The submission that waits longest. */
async function openOne(page) {
  await page.locator('main a[href*="/review/0"]').locator("visible=true").first().click();
  await page.getByRole("button", { name: /^Approve/ }).waitFor();
  // Where the pointer was, there is now a button with a tooltip.
  await page.mouse.move(0, 0);
  await settled(page);
}

/** A PDF of all that the student has approved. */
async function portfolio() {
  const { email, password, college } = student;
  const json = { "Content-Type": "application/json" };
  const body = JSON.stringify({ email, password, college });
  const { access } = await answer("/api/token/", { method: "POST", headers: json, body });
  const headers = { ...json, Authorization: `Bearer ${access}`, "Idempotency-Key": crypto.randomUUID() };
  const made = await answer("/api/portfolio/exports/", { method: "POST", headers, body: '{"locale":"en"}' });
  const file = await fetch(HUB + new URL(made.file_url, HUB).pathname, { headers });
  const path = join(mkdtempSync(join(tmpdir(), "pictures-")), "portfolio.pdf");
  writeFileSync(path, Buffer.from(await file.arrayBuffer()));
  return path;
}

/** What an employer is told about that PDF. */
async function verdict(pdf) {
  const page = await browser.newPage({ ...DESK, locale: "en-IN", timezoneId: "Asia/Kolkata" });
  await page.goto(`${HUB}/v`);
  await page.locator("#file").setInputFiles(pdf);
  await page.locator("#verdict").waitFor();
  await settled(page);
  await save(page, "verifier");
}

/** Nothing on its way, and the pictures and fonts drawn. */
async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(800);
}

async function save(page, name) {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(HERE, `${name}.png`), animations: "disabled", caret: "hide" });
  shrink(name);
}

/** Let a program write a picture: it adds ".png" to the name itself. */
function picture([program, ...rest], name) {
  execFileSync(program, [...rest, join(HERE, name)]);
  shrink(name);
}

/** 256 colours are enough for a screen, and a third of the bytes. Left as it is where neither program is installed. */
function shrink(name) {
  const path = join(HERE, `${name}.png`);
  const small = `${path}.small.png`;
  for (const [program, ...rest] of [
    ["pngquant", "--speed", "1", "--strip", "--output", small, path],
    ["convert", path, "-strip", "-dither", "None", "-colors", "256", "-define", "png:compression-level=9", small],
  ]) {
    try {
      execFileSync(program, rest, { stdio: "ignore" });
      renameSync(small, path);
      break;
    } catch {
      // Not installed; the next one.
    }
  }
  process.stdout.write(`${name}.png  ${Math.round(statSync(path).size / 1000)} kB\n`);
}
