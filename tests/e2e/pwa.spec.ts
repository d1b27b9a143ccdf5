// The app as the phone's system sees it: installable, a target of sharing, woken by sync and push, and kept up to date.

import { mkdtemp } from "node:fs/promises";
import { request as ask, createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CDPSession, chromium, expect, type Page, test } from "@playwright/test";
import { ready, signedIn } from "./support/app";
import { certificate, photo } from "./support/evidence";
import { loginOf, token } from "./support/people";
import { HUB } from "./support/place";

test.use({ serviceWorkers: "allow" });

const COLLEGE = "ponni";

test("it can be installed, with its shortcuts and as a target of sharing", async ({ launchOptions }) => {
  // A context without a profile on disk is never offered an installation.
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  const context = await chromium.launchPersistentContext(folder, launchOptions);
  const page = await context.newPage();
  await page.goto(`${HUB}/app/login`);
  await ready(page);
  const system = await context.newCDPSession(page);
  const { installabilityErrors } = await system.send("Page.getInstallabilityErrors");
  expect(installabilityErrors).toEqual([]);
  const { data, errors } = await system.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const manifest = JSON.parse(data ?? "{}");
  expect(manifest.shortcuts.map(({ url }: { url: string }) => url)).toEqual(["/app/achievements/new", "/app/qr"]);
  expect(manifest.share_target.action).toBe("/app/share");
  for (const { src } of [...manifest.icons, ...manifest.shortcuts.flatMap(({ icons }: { icons: unknown[] }) => icons)])
    expect((await page.request.get(HUB + src)).headers()["content-type"], src).toMatch(/^image\//);
  await context.close();
});

test("a PDF that another app shares lands in Add, also across the log-in", async ({ browser, request }) => {
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, "/app/", { language: "en", fresh: true });
  await ready(page);
  await context.clearCookies();
  await page.goto("/app/login");
  await share(page, "Letter from the organiser.pdf");
  await expect(page).toHaveURL(/\/app\/login\?next=/);
  await page.getByLabel("E-mail", { exact: true }).fill(login.email);
  await page.getByLabel("Password", { exact: true }).fill(login.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Add achievement" })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText("Letter from the organiser.pdf")).toBeVisible();
  await expect(page).toHaveURL(/\/edit\?new=?$/);
  await page.getByRole("button", { name: "Remove Letter from the organiser.pdf" }).click();
  await expect(page.getByText("Letter from the organiser.pdf")).toHaveCount(0);
  await context.close();
});

test("the service worker sends what is unsent when the browser wakes it", async ({ browser, request }) => {
  test.setTimeout(90_000);
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, "/app/achievements/new", { language: "en", fresh: true });
  await ready(page);
  const system = await context.newCDPSession(page);
  const registrationId = await registered(system);
  await context.setOffline(true);
  const file = await photo(browser, Date.now() % 999_979);
  await page.locator("input[type=file][multiple]").setInputFiles([file]);
  await page.getByRole("button", { name: /^Technical events/ }).click();
  await expect(page.getByText("Safe on this device")).toBeVisible();
  const id = /achievements\/([0-9a-f-]{36})/.exec(page.url())?.[1] as string;
  // The page is gone when the connection comes back.
  await page.goto("about:blank");
  await context.setOffline(false);
  await system.send("ServiceWorker.dispatchSyncEvent", {
    origin: HUB,
    registrationId,
    tag: "hub-outbox",
    lastChance: false,
  });
  const headers = { Authorization: `Bearer ${await token(request, login)}` };
  await expect(async () => {
    const item = await request.get(`/api/achievements/${id}/`, { headers });
    expect(item.status()).toBe(200);
    expect(((await item.json()) as { evidence_count: number }).evidence_count).toBe(1);
  }).toPass({ timeout: 30_000 });
  await context.close();
});

test("a push message becomes a notification that leads into the app", async ({ browser, request }) => {
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, "/app/", { language: "en", fresh: true });
  await context.grantPermissions(["notifications"], { origin: HUB });
  await ready(page);
  const system = await context.newCDPSession(page);
  const registrationId = await registered(system);
  const message = { title: "Approved", body: "NSS special camp", path: "/app/portfolio", tag: "item-1" };
  await system.send("ServiceWorker.deliverPushMessage", {
    origin: HUB,
    registrationId,
    data: JSON.stringify(message),
  });
  const shown = () =>
    page.evaluate(async () =>
      (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body, tag, data }) => ({
        title,
        body,
        tag,
        data,
      })),
    );
  await expect
    .poll(shown)
    .toEqual([{ title: "Approved", body: "NSS special camp", tag: "item-1", data: { path: "/app/portfolio" } }]);
  // What a press does to an open page is a message from the worker.
  const [worker] = context.serviceWorkers();
  await worker?.evaluate(async () => {
    const scope = globalThis as unknown as {
      clients: { matchAll: () => Promise<{ postMessage: (message: unknown) => void }[]> };
    };
    for (const client of await scope.clients.matchAll()) client.postMessage({ open: "/app/portfolio" });
  });
  await expect(page.getByRole("heading", { level: 1, name: "Portfolio" })).toBeVisible();
  await context.close();
});

test("a newer version offers itself, and takes over when the person says so", async ({ browser }) => {
  const hub = await front();
  const context = await browser.newContext({ baseURL: hub.address });
  const page = await context.newPage();
  await page.goto("/app/login");
  await ready(page);
  await expect(page.getByText("A newer version is ready.")).toHaveCount(0);
  hub.release();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await expect(page.getByText("A newer version is ready.")).toBeVisible({ timeout: 30_000 });
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  expect(await page.evaluate(async () => (await navigator.serviceWorker.ready).waiting)).toBeNull();
  await context.close();
  hub.server.close();
});

/** A share as Android makes one: a form with a file, posted to the target (W3C Web Share Target). */
async function share(page: Page, name: string): Promise<void> {
  const pdf = (await certificate(page.context().browser() ?? (await chromium.launch()), "Ananya", name)).buffer;
  await page.evaluate(
    ({ name, bytes }) => {
      const form = document.createElement("form");
      form.method = "POST";
      form.enctype = "multipart/form-data";
      form.action = "/app/share";
      const input = document.createElement("input");
      input.type = "file";
      input.name = "file";
      const files = new DataTransfer();
      const binary = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
      files.items.add(new File([binary], name, { type: "application/pdf" }));
      input.files = files.files;
      form.append(input);
      document.body.append(form);
      form.submit();
    },
    { name, bytes: pdf.toString("base64") },
  );
}

/** The id under which the browser keeps the app's service worker. */
async function registered(system: CDPSession): Promise<string> {
  const known = new Promise<string>((done) => {
    system.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${HUB}/app/`);
      if (own) done(own.registrationId);
    });
  });
  await system.send("ServiceWorker.enable");
  return known;
}

/** A door before the hub behind which a newer service worker can be put. */
async function front(): Promise<{ address: string; release: () => void; server: Server }> {
  let newer = "";
  const server = createServer((incoming, outgoing) => {
    const { host: _host, "accept-encoding": _packed, ...headers } = incoming.headers;
    const asked = ask(HUB + incoming.url, { method: incoming.method, headers }, (answer) => {
      const { "content-length": _length, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      if (incoming.url === "/app/sw.js") answer.on("end", () => outgoing.end(newer)).pipe(outgoing, { end: false });
      else answer.pipe(outgoing);
    });
    incoming.pipe(asked);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { address: `http://localhost:${port}`, release: () => (newer = "\n// a newer version"), server };
}
