// A phone without a connection: what is added is safe on it, and arrives once.

import { expect, type Page, type Route, test } from "@playwright/test";
import { ready, signedIn } from "./support/app";
import { certificate, photo } from "./support/evidence";
import { loginOf, token } from "./support/people";

// The service worker is what this is about; the other tests do without one.
test.use({ serviceWorkers: "allow" });

const COLLEGE = "nvit";

test("@phone what is added offline is kept, survives a reload, and arrives exactly once", async ({
  browser,
  request,
}) => {
  test.setTimeout(150_000);
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const title = `Offline relay ${Date.now().toString(36)}`;
  const files = [await photo(browser, Date.now() % 999_983), await certificate(browser, login.name, title)];
  const { page, context, strangers, complaints } = await signedIn(browser, login, "/app/", {
    language: "en",
    fresh: true,
  });
  // Here the page sends, so that its requests can be cut; pwa.spec.ts lets the service worker do it.
  await context.addInitScript(() =>
    Object.defineProperty(ServiceWorkerRegistration.prototype, "sync", { value: undefined }),
  );
  await ready(page);

  await test.step("the app starts without a network and shows what was read last", async () => {
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: /^Hello/ })).toBeVisible();
    await expect(page.getByText("You are offline. You see what this device has kept.")).toBeVisible();
    await expect(page.getByRole("heading", { name: "Recent" })).toBeVisible();
  });

  await test.step("an achievement with two files is added", async () => {
    await page.getByRole("link", { name: "Add achievement" }).locator("visible=true").first().click();
    await page.locator("input[type=file][multiple]").setInputFiles(files);
    await page.getByRole("button", { name: /^Technical events/ }).click();
    await expect(page.getByText("Safe on this device, sent when there is a connection")).toBeVisible();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Organised by").fill("Robotics Society of Jabalpur");
    await page.getByLabel("Level").selectOption("state");
    await page.getByLabel("Result").selectOption("winner");
    await page.getByLabel("From").fill("2026-09-11");
    await page.getByLabel("Until").fill("2026-09-13");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Submit when sent" }).click();
  });

  await test.step("the outbox says what waits, also after the app was closed", async () => {
    await expect(page.getByRole("heading", { level: 1, name: "Outbox" })).toBeVisible();
    await page.reload();
    const waiting = page.getByRole("region", { name: title });
    await expect(waiting).toContainText("To be submitted · 2 files");
    await expect(waiting).toContainText("Waiting for a connection");
    await expect(page.getByRole("button", { name: "Send now" })).toBeDisabled();
  });

  await test.step("signing out would lose it, and says so", async () => {
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("dialog")).toContainText("does not have everything of 1 achievement yet");
    await page.getByRole("button", { name: "Stay signed in" }).click();
  });

  await test.step("back online it goes out, although the first answers are lost", async () => {
    const lost = await loseFirstAnswers(page);
    await context.setOffline(false);
    await expect(async () => {
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await expect(page.getByText("Everything has been sent")).toBeVisible({ timeout: 3_000 });
    }).toPass({ timeout: 60_000 });
    expect(lost.sort()).toEqual(["PUT", "evidence", "submit"]);
  });

  await test.step("the college has it once, submitted, with each file once", async () => {
    const headers = { Authorization: `Bearer ${await token(request, login)}` };
    const list = await request.get(`/api/achievements/?q=${encodeURIComponent(title)}`, { headers });
    const { results } = (await list.json()) as { results: { id: string; status: string; title: string }[] };
    expect(results.map(({ status, title }) => ({ status, title }))).toEqual([{ status: "submitted", title }]);
    const item = await request.get(`/api/achievements/${results[0]?.id}/`, { headers });
    const { evidence } = (await item.json()) as { evidence: { name: string }[] };
    expect(evidence.map(({ name }) => name).sort()).toEqual(["certificate.pdf", "prize-giving.jpg"]);
  });

  expect(strangers, "requests to other hosts").toEqual([]);
  expect(complaints.filter((text) => !/net::ERR_/.test(text))).toEqual([]);
  await context.close();
});

test("signing out of a shared phone clears what is unsent, after a warning", async ({ browser, request }) => {
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, "/app/achievements/new", { language: "en", fresh: true });
  await ready(page);
  const [file] = [await photo(browser, 7)];
  // Nobody chooses a kind, so nothing can be sent.
  await page.locator("input[type=file][multiple]").setInputFiles([file]);
  await expect(page.getByText("1 thing is not sent yet")).toBeVisible();
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign out and clear" }).click();
  await expect(page).toHaveURL(/\/login/);
  expect(await kept(page)).toEqual({ parcels: 0, files: 0, shares: 0, kept: 0 });
  await context.close();
});

/** Lets the first request of each kind reach the hub and cuts the line before its answer. */
async function loseFirstAnswers(page: Page): Promise<string[]> {
  const lost: string[] = [];
  const cut = (kind: string) => async (route: Route) => {
    if (lost.includes(kind)) return route.fallback();
    lost.push(kind);
    await route.fetch();
    await route.abort("connectionreset");
  };
  await page.route(/\/api\/achievements\/[^/]+\/$/, (route) =>
    route.request().method() === "PUT" ? cut("PUT")(route) : route.fallback(),
  );
  await page.route(/\/evidence\/$/, cut("evidence"));
  await page.route(/\/submit\/$/, cut("submit"));
  return lost;
}

/** How much the device keeps. */
function kept(page: Page): Promise<Record<string, number>> {
  return page.evaluate(
    () =>
      new Promise<Record<string, number>>((done, fail) => {
        const opening = indexedDB.open("hub");
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const names = [...opening.result.objectStoreNames];
          const counts: Record<string, number> = {};
          const tx = opening.result.transaction(names);
          for (const name of names) {
            const count = tx.objectStore(name).count();
            count.onsuccess = () => {
              counts[name] = count.result;
            };
          }
          tx.oncomplete = () => done(counts);
        };
      }),
  );
}
