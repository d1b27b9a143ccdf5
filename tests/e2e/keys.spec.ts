// A suspicion stops a key at once; two people lift the freeze, and no one of them alone.

import { expect, test } from "@playwright/test";
import { signedIn } from "./support/app";
import { loginOf } from "./support/people";

const COLLEGE = "ponni";

test("a key is frozen by one, and freed by two", async ({ browser, request }) => {
  test.setTimeout(120_000);
  const wish = { language: "en" as const, fresh: true };
  const keeper = await signedIn(browser, await loginOf(request, /key manager/i, COLLEGE), "/app/keys", wish);
  const office = await signedIn(browser, await loginOf(request, /college admin/i, COLLEGE), "/app/", wish);
  const { page } = keeper;
  const card = page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Log of what was issued" }) })
    .filter({ hasText: /Active|Frozen/ })
    .first();

  await test.step("what a compromise would cost is told before anything happens", async () => {
    await card.getByRole("button", { name: "Compromised…" }).click();
    await expect(page.getByRole("dialog").getByText("What hangs on this key")).toBeVisible();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  });

  await test.step("frozen, with a reason", async () => {
    await card.getByRole("button", { name: "Freeze" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("button", { name: "Freeze it now" })).toBeDisabled();
    await dialog.getByLabel("Reason").fill("The server room was open.");
    await dialog.getByRole("button", { name: "Freeze it now" }).click();
    await expect(card.getByText("Frozen", { exact: true })).toBeVisible();
    await expect(card).toContainText("The server room was open.");
  });

  await test.step("who asks cannot agree", async () => {
    await card.getByRole("button", { name: "Lift the freeze" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("It was the cleaner.");
    await page.getByRole("dialog").getByRole("button", { name: "Ask a second person" }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.getByRole("link", { name: "Second person" }).click();
    await expect(page.getByText("It was the cleaner.")).toBeVisible();
    await expect(page.getByText(/^You asked for it/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Agree" })).toHaveCount(0);
  });

  await test.step("a second person agrees, and it signs again", async () => {
    await office.page.goto("/app/confirmations");
    const asked = office.page.getByRole("region").filter({ hasText: "It was the cleaner." });
    await asked.getByRole("button", { name: "Agree" }).click();
    await office.page.getByRole("dialog").getByRole("button", { name: "I agree" }).click();
    await expect(asked.getByText("Agreed")).toBeVisible();
    await page.goto("/app/keys");
    await expect(card.getByText("Active", { exact: true })).toBeVisible();
  });
  expect([...keeper.complaints, ...office.complaints]).toEqual([]);
  await keeper.context.close();
  await office.context.close();
});
