// A link for somebody of one's choice: made, opened by a stranger, counted, changed, stopped.

import { expect, test } from "@playwright/test";
import { seat, signedIn } from "./support/app";
import { loginOf } from "./support/people";

const COLLEGE = "ponni";

test("@phone a link is made, opened, counted, changed and stopped", async ({ browser, request }) => {
  test.setTimeout(120_000);
  const name = `Scholarship ${Date.now().toString(36)}`;
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context, complaints } = await signedIn(browser, login, "/app/portfolio/links", { language: "en" });
  let address = "";

  await test.step("one achievement, without its files", async () => {
    await page.getByRole("button", { name: "New link" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await expect(dialog.getByText("Give it a name, to know it again")).toBeVisible();
    await dialog.getByLabel("What is it for?").fill(name);
    await dialog.getByLabel("Only what I choose").check();
    await expect(dialog.getByRole("button", { name: "Make the link" })).toBeDisabled();
    await dialog
      .getByRole("checkbox", { name: /^Put in/ })
      .first()
      .check();
    await dialog.getByRole("button", { name: "Make the link" }).click();
  });

  await test.step("its address is shown this once, as text and as a QR code", async () => {
    const dialog = page.getByRole("dialog");
    address = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
    expect(address).toMatch(/\/p\/.{20,}$/);
    await expect(dialog.getByRole("img", { name: "QR code of the link" })).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Copy the link" })).toBeVisible();
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(page.getByRole("heading", { name })).toBeVisible();
  });
  const row = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await expect(row).toContainText("1 achievement · without the files");
  await expect(row).toContainText("Not opened yet");

  const stranger = await seat(browser, address);
  await test.step("a stranger sees who it is, and it is counted", async () => {
    await expect(stranger.page.getByText(login.name).first()).toBeVisible();
    await page.reload();
    await expect(row).toContainText("Opened once");
  });

  await test.step("changed to all that is approved, with files", async () => {
    await row.getByRole("button", { name: `Change ${name}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("All that is approved, also what comes later").check();
    await dialog.getByLabel("Show the files, too").check({ force: true });
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(row).toContainText("All that is approved · with the files");
  });

  await test.step("stopped, it opens nothing", async () => {
    await row.getByRole("button", { name: `Stop ${name}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop the link" }).click();
    await expect(row).toHaveCount(0);
    const gone = await stranger.page.goto(address);
    expect(gone?.status()).toBe(404);
    await expect(stranger.page.getByText(login.name)).toHaveCount(0);
  });
  expect(complaints).toEqual([]);
  await stranger.context.close();
  await context.close();
});
