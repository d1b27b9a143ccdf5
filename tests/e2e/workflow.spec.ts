// After the first decision: a correction that the student confirms, an appeal, a new version, and words between them.

import { expect, test } from "@playwright/test";
import { signedIn } from "./support/app";
import { photo } from "./support/evidence";
import { loginOf, token } from "./support/people";
import { submitted } from "./support/submitted";

const COLLEGE = "nvit";
const RUN = Date.now().toString(36);

test("a proposed correction is compared, talked about, and confirmed", async ({ browser, request }) => {
  test.setTimeout(120_000);
  const title = `Quiz fianl ${RUN}`;
  const [id] = await submitted(request, browser, [title]);
  const reviewer = await signedIn(browser, await loginOf(request, /faculty/i, COLLEGE), `/app/review/${id}`, {
    language: "en",
  });
  await test.step("the reviewer mends a slip instead of sending it back", async () => {
    const { page } = reviewer;
    await page.getByRole("button", { name: "Small mistake? Propose a correction" }).click();
    await expect(page.getByRole("button", { name: "Propose it" })).toBeDisabled();
    await page.getByLabel("Title").fill(`Quiz final ${RUN}`);
    await page.getByRole("combobox", { name: "Level" }).selectOption("national");
    await page.getByRole("button", { name: "Propose it" }).click();
    await expect(page.getByText(/^Correction proposed:/)).toBeVisible();
  });
  await test.step("the student sees both, asks, and confirms", async () => {
    const login = await loginOf(request, /^student$/i, COLLEGE);
    const { page, context, complaints } = await signedIn(browser, login, `/app/achievements/${id}`, { language: "en" });
    const panel = page.getByRole("region").filter({ hasText: "The proposed correction" });
    await expect(page.locator("del", { hasText: "fianl" })).toBeVisible();
    await expect(page.locator("ins", { hasText: `Quiz final ${RUN}` })).toBeVisible();
    await expect(page.locator("ins", { hasText: "National" })).toBeVisible();
    await page.getByLabel("Write a comment").fill("Thank you, I mistyped it.");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByText("Thank you, I mistyped it.")).toBeVisible();
    await page.getByRole("button", { name: "That is right: approve it so" }).click();
    await expect(page.getByText("Confirmed: it is approved so")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1, name: `Quiz final ${RUN}` })).toBeVisible();
    await expect(panel).toHaveCount(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
  await reviewer.context.close();
});

test("@phone a new version beside what is approved, and an appeal against a rejection", async ({
  browser,
  request,
}, info) => {
  test.setTimeout(120_000);
  const tag = `${RUN} ${info.project.name}`;
  const [approved, rejected] = await submitted(
    request,
    browser,
    [`Approved ${tag}`, `Rejected ${tag}`],
    [await photo(browser, Date.now() % 1_000_033)],
  );
  const faculty = await loginOf(request, /faculty/i, COLLEGE);
  const headers = { Authorization: `Bearer ${await token(request, faculty)}` };
  const categories = (await (await request.get("/api/categories/", { headers })).json()) as {
    code: string;
    reject_reasons: { code: string }[];
  }[];
  const reason = categories.find(({ code }) => code === "technical")?.reject_reasons[0]?.code;
  for (const [id, data] of [
    [approved, { action: "approve" }],
    [rejected, { action: "reject", reason, comment: "Two hours are too few." }],
  ] as const) {
    const item = await request.get(`/api/achievements/${id}/`, { headers });
    const done = await request.post(`/api/achievements/${id}/decisions/`, {
      headers: { ...headers, "If-Match": item.headers().etag ?? "" },
      data,
    });
    expect(done.ok(), await done.text()).toBe(true);
  }
  const login = await loginOf(request, /^student$/i, COLLEGE);
  const { page, context } = await signedIn(browser, login, `/app/achievements/${approved}`, { language: "en" });
  await test.step("the new version says before what becomes of the old one", async () => {
    await page.getByRole("button", { name: "Begin a new version" }).click();
    await expect(page.getByRole("dialog")).toContainText("other verifiers call the old one revoked");
    await page.getByRole("dialog").getByRole("button", { name: "Begin a new version" }).click();
    await expect(page.getByLabel("Title")).toHaveValue(`Approved ${tag}`);
    const saved = page.waitForResponse((answer) => answer.request().method() === "PATCH" && answer.ok());
    await page.getByLabel("Your part (optional)").fill("Captain");
    await saved;
    await expect(page.getByText("Draft saved")).toBeVisible();
    await page.waitForTimeout(500);
    await page.goto(`/app/achievements/${approved}`);
    await expect(page.locator("ins", { hasText: "Captain" })).toBeVisible();
    await page.getByRole("button", { name: "Throw the new version away" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Throw the new version away" }).click();
    await expect(page.getByText(/^Approved by/)).toBeVisible();
  });
  await test.step("the appeal begins with what was handed in", async () => {
    await page.goto(`/app/achievements/${rejected}`);
    await page.getByRole("button", { name: "Appeal" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Appeal" }).click();
    await expect(page.getByLabel("Title")).toHaveValue(`Rejected ${tag}`);
  });
  await context.close();
});
