// The page as one file on a disk, and what the page costs and asks for.

import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, expect as base, chromium, test } from "@playwright/test";
import { file, forged, type Papers, papersOf } from "./support/documents";
import { HUB } from "./support/place";

// Signatures, fifty files, a busy machine: what is waited for comes, but not always at once.
const expect = base.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

let papers: Papers;
let saved: string;

test.beforeAll(async ({ playwright, baseURL }) => {
  test.setTimeout(180_000);
  const request = await playwright.request.newContext({ baseURL: baseURL as string });
  papers = await papersOf(request, "nvit");
  saved = pathToFileURL(await savedPage(request)).href;
  await request.dispose();
});

async function savedPage(request: APIRequestContext): Promise<string> {
  const answer = await request.get("/v/verifier.html");
  expect(answer.headers()["content-disposition"]).toContain("verifier.html");
  const path = join(await mkdtemp(join(tmpdir(), "saved-")), "verifier.html");
  await writeFile(path, await answer.body());
  return path;
}

test("a saved copy checks from the disk, asks its hub alone, and goes on without it", async ({ context }) => {
  const page = await context.newPage();
  const asked = new Set<string>();
  const errors: string[] = [];
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(saved);
  await expect(page.getByRole("heading", { level: 1, name: "Is it genuine?" })).toBeVisible();
  await expect(page.locator(".brand")).toContainText(new URL(HUB).host);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const handIn = async (one: ReturnType<typeof file>) => {
    await page.goto(saved);
    await page.locator("#file").setInputFiles(one);
    await expect(page.locator("#verdict")).toBeVisible({ timeout: 30_000 });
  };
  await handIn(file("portfolio.pdf", papers.pdf));
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await handIn(file("forged.json", Object.values(forged(papers.credential))[0] as string));
  await expect(page.locator(".verdict")).toHaveClass(/bad/);
  await page.goto(saved);
  await page.locator("#paste").fill(papers.code);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.locator("#verdict")).toHaveText("Valid");
  expect(errors).toEqual([]);
  expect([...asked].filter((origin) => origin !== "null" && !origin.startsWith("data:")).sort()).toEqual([
    new URL(HUB).origin,
  ]);

  await context.setOffline(true);
  await handIn(file("portfolio.pdf", papers.pdf));
  await expect(page.locator("#verdict")).toContainText("revocation last known on");
  await expect(page.locator(".verdict")).toHaveClass(/caution/);
  await handIn(file("forged.json", Object.values(forged(papers.credential))[0] as string));
  await expect(page.locator("#verdict")).toHaveText("Changed after signing");
});

test("a saved copy reads a picture of a code with the decoder it carries", async ({ page }) => {
  const { renderPage } = await import("./support/paper");
  await page.goto(saved);
  await page.locator("#file").setInputFiles(await renderPage(papers.path, 1));
  await expect(page.locator("#verdict")).toHaveText("Valid", { timeout: 30_000 });
});

test("the first load is at most 15 KB, everything else comes when it is needed", async ({ page, request }, info) => {
  const loaded: string[] = [];
  page.on("request", (one) => loaded.push(one.url()));
  await page.goto("/v");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const first = loaded.filter((url) => !url.endsWith(".svg"));
  let bytes = 0;
  for (const url of first) bytes += gzipSync(await (await request.get(url)).body()).length;
  info.annotations.push({ type: "first load", description: `${first.length} files, ${bytes} bytes gzipped` });
  expect(bytes).toBeLessThanOrEqual(15 * 1024);
});

test("nothing the whole browser does reaches another host", async ({ baseURL }, info) => {
  const log = info.outputPath("net.json");
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--log-net-log=${log}`,
    ],
    locale: "en-IN",
    serviceWorkers: "allow",
  });
  const page = await context.newPage();
  await page.goto(`${HUB}/v`);
  await page.locator("#file").setInputFiles(file("portfolio.pdf", papers.pdf));
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await page.goto(`${HUB}/v`);
  const strange = papers.credential.replaceAll(/localhost(%3A|:)(\d+)/g, "hub.far.example");
  await page.locator("#file").setInputFiles(file("strange.json", strange));
  await expect(page.locator("#verdict")).toContainText("could not be checked here");
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await context.close();
  const text = await readFile(log, "utf8");
  // Every request of the page, of its workers and of its service worker is begun as a URL_REQUEST with its address.
  const hosts = new Set([...text.matchAll(/"url":"(https?:\/\/[^/"]+)/g)].map((match) => match[1]));
  const own = [...hosts].filter((host) => !/(google|gstatic|googleapis)\.com$/.test(host as string));
  expect(own).toEqual([baseURL]);
});
