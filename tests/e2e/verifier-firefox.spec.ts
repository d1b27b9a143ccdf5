// The same page in Firefox ESR, driven over WebDriver BiDi.

import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { forged, type Papers, papersOf, tampered } from "./support/documents";
import { renderPage } from "./support/paper";
import { HUB } from "./support/place";

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
let firefox: Browser;
let papers: Papers;
let folder: string;

test.skip(!existsSync(FIREFOX), `there is no ${FIREFOX}: apt-get install firefox-esr`);

test.beforeAll(async ({ playwright, baseURL }) => {
  test.setTimeout(240_000);
  const request = await playwright.request.newContext({ baseURL: baseURL as string });
  papers = await papersOf(request, "nvit");
  await request.dispose();
  folder = await mkdtemp(join(tmpdir(), "firefox-"));
  firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: { "intl.locale.requested": "en-US", "intl.accept_languages": "en-US" },
  });
});

test.afterAll(async () => {
  await firefox?.close();
});

async function verdictOf(page: Page, name: string, content: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await page.goto(`${HUB}/v`);
  return handIn(page, path);
}

async function handIn(page: Page, path: string): Promise<string> {
  const chooser = await page.waitForSelector("#file");
  await (chooser as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
  return verdict(page);
}

async function verdict(page: Page): Promise<string> {
  await page.waitForSelector("#verdict", { timeout: 40_000 });
  return page.$eval(
    ".verdict",
    (one) => `${one.className.replace("verdict ", "")}: ${one.querySelector("h1")?.textContent}`,
  );
}

test("papers, forgeries and codes get the same verdicts in Firefox", async () => {
  test.setTimeout(240_000);
  const page = await firefox.newPage();
  const asked = new Set<string>();
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  expect(await verdictOf(page, "portfolio.pdf", papers.pdf)).toBe("good: Valid");
  expect(await verdictOf(page, "one.json", papers.credential)).toBe("good: Valid");
  for (const [how, bytes] of Object.entries(tampered(papers.pdf))) {
    expect(await verdictOf(page, "tampered.pdf", bytes), how).toMatch(/^bad: /);
  }
  for (const [how, text] of Object.entries(forged(papers.credential))) {
    expect(await verdictOf(page, "forged.json", text), how).toMatch(/^bad: /);
  }
  await page.goto(papers.code);
  expect(await verdict(page)).toBe("good: Valid");
  await page.goto(`${HUB}/v`);
  expect(await handIn(page, await renderPage(papers.path, 1))).toBe("good: Valid");
  expect([...asked].filter((origin) => /^https?:/.test(origin))).toEqual([new URL(HUB).origin]);
  await page.close();
});
