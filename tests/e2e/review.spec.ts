// The queue, by keyboard and by thumb: every decision, undo, many at once, and somebody who was faster.

import { type Browser, expect, type Page, test } from "@playwright/test";
import { signedIn } from "./support/app";
import { type EvidenceFile, photo } from "./support/evidence";
import { loginOf, token } from "./support/people";
import { submitted } from "./support/submitted";

const COLLEGE = "nvit";
const RUN = Date.now().toString(36);

test("@phone one after the other: approve, ask for changes, reject, and take it back", async ({
  browser,
  request,
}, info) => {
  test.setTimeout(120_000);
  const tag = `${RUN} ${info.project.name}`;
  const titles = ["Chess", "Debate", "Essay"].map((name) => `${name} ${tag}`);
  await submitted(request, browser, titles);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context, strangers, complaints } = await signedIn(
    browser,
    reviewer,
    `/app/review?q=${encodeURIComponent(tag)}`,
    {
      language: "en",
    },
  );
  const at = (title: string | undefined) => page.getByRole("heading", { level: 1, name: title });

  await test.step("the first opens, the focus on its name", async () => {
    await page.getByRole("link", { name: "Start reviewing" }).click();
    await expect(at(titles[0])).toBeFocused();
  });

  await test.step("approved with A, the next comes by itself, and Undo brings it back", async () => {
    await decide(page, "a", /^Approve/);
    await expect(at(titles[1])).toBeFocused();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(at(titles[0])).toBeFocused();
    await expect(page.getByRole("button", { name: /^Approve/ })).toBeEnabled();
    await decide(page, "a", /^Approve/);
    await expect(at(titles[1])).toBeFocused();
  });

  await test.step("changes with C: a point of the list and a text", async () => {
    await decide(page, "c", /^Changes/);
    await page.getByRole("button", { name: "Send back" }).click();
    await expect(page.getByText("Write what to mend, or tick a point")).toBeVisible();
    await page.getByLabel("Message to the student").fill("The roll number cannot be read.");
    await page.getByRole("button", { name: "Send back" }).click();
    await expect(at(titles[2])).toBeFocused();
  });

  await test.step("rejected with R: a reason and a text", async () => {
    await decide(page, "r", /^Reject/);
    await page.getByLabel("Reason").selectOption({ index: 1 });
    await page.getByLabel("Message to the student").fill("It is a participation of two hours.");
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    await expect(page.getByText(/^Rejected:/)).toBeVisible();
  });

  const headers = { Authorization: `Bearer ${await token(request, reviewer)}` };
  const list = await request.get(`/api/achievements/?q=${encodeURIComponent(tag)}`, { headers });
  const { results } = (await list.json()) as { results: { title: string; status: string }[] };
  const outcome = Object.fromEntries(results.map(({ title, status }) => [title, status]));
  expect([outcome[titles[0] ?? ""], outcome[titles[2] ?? ""]]).toEqual(["approved", "rejected"]);
  expect(outcome[titles[1] ?? ""]).toMatch(/draft|changes_requested/);
  expect(strangers).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});

test("@phone many at once: exceptions first, and what somebody else decided meanwhile is named", async ({
  browser,
  request,
}, info) => {
  test.setTimeout(120_000);
  const tag = `bulk ${RUN} ${info.project.name}`;
  const same = await photo(browser, Date.now() % 999_961);
  const ids = await submitted(request, browser, [`One ${tag}`, `Two ${tag}`, `Three ${tag}`], [same, same]);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context } = await signedIn(browser, reviewer, `/app/review?q=${encodeURIComponent(tag)}`, {
    language: "en",
  });
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await expect(page.getByRole("region", { name: "Chosen items" })).toContainText("3 chosen");
  await page.getByRole("button", { name: "Approve 3" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Approve 3 achievements?");
  // Two carry the same file: they stand first, apart.
  const first = dialog.getByRole("alert");
  await expect(first).toContainText("Look at these first");
  await expect(first.getByText("Same file")).toHaveCount(2);

  // Somebody at the same desk decides one of them in between.
  const headers = { Authorization: `Bearer ${await token(request, reviewer)}` };
  const item = await request.get(`/api/achievements/${ids[2]}/`, { headers });
  const decided = await request.post(`/api/achievements/${ids[2]}/decisions/`, {
    headers: { ...headers, "If-Match": item.headers().etag ?? "" },
    data: { action: "request_changes", comment: "The photo is too dark." },
  });
  expect(decided.ok()).toBe(true);

  await dialog.getByRole("button", { name: "Approve 3" }).click();
  await expect(page.getByText("Not everything could be approved")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("dialog")).toContainText(`Three ${tag}`);
  await expect(page.getByRole("dialog")).not.toContainText(`One ${tag}`);
  await page.getByRole("button", { name: "Understood" }).click();
  await expect(page.getByText("Nothing matches these filters")).toBeVisible();
  await context.close();
});

test("somebody was faster: who and when, and what was typed stays", async ({ browser, request }) => {
  const title = `Race ${RUN}`;
  const [id] = await submitted(request, browser, [title]);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context } = await signedIn(browser, reviewer, `/app/review/${id}`, { language: "en" });
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeFocused();
  await page.keyboard.press("c");
  await page.getByLabel("Message to the student").fill("Please add the letter.");
  const office = await loginOf(request, /college admin/i, COLLEGE);
  const headers = { Authorization: `Bearer ${await token(request, office)}` };
  const item = await request.get(`/api/achievements/${id}/`, { headers });
  await request.post(`/api/achievements/${id}/decisions/`, {
    headers: { ...headers, "If-Match": item.headers().etag ?? "" },
    data: { action: "approve" },
  });
  await page.getByRole("button", { name: "Send back" }).click();
  await expect(page.getByRole("alert")).toContainText(`${office.name} decided this`);
  await expect(page.getByLabel("Message to the student")).toHaveValue("Please add the letter.");
  await page.getByRole("button", { name: "Show the newer version" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Decision" })).toBeVisible();
  await context.close();
});

test("the single letters can be switched off, and are not heard in a field", async ({ browser, request }) => {
  const [id] = await submitted(request, browser, [`Letters ${RUN}`]);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context } = await signedIn(browser, reviewer, `/app/review/${id}`, { language: "en" });
  await expect(page.getByRole("heading", { level: 1, name: /^Letters/ })).toBeFocused();
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: "Single-letter shortcuts" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("c");
  await expect(page.getByLabel("Message to the student")).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: /^Letters/ })).toBeFocused();
  await page.keyboard.press("a");
  await expect(page.getByRole("button", { name: /^Approve/ })).toBeEnabled();
  await context.close();
});

test("evidence is looked at closely: zoom, turn, drag, the pages of a PDF", async ({ browser, request }) => {
  const paper = await document(browser, 3);
  const [id] = await submitted(request, browser, [`Pages ${RUN}`], [paper]);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context, complaints } = await signedIn(browser, reviewer, `/app/review/${id}`, { language: "en" });
  const picture = page.getByRole("img", { name: /page 1$/ });
  await expect(picture).toBeVisible();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Rotate" }).click();
  await expect(picture).toHaveAttribute("style", /rotate\(90deg\) scale\(1\.5\)/);
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(page.getByText("Page 2 of 3")).toBeVisible();
  const second = page.getByRole("img", { name: /page 2$/ });
  await expect(second).toBeVisible({ timeout: 30_000 });
  // The second page is green: it is the page that was drawn, not the first one again.
  const colour = await second.evaluate((image: HTMLImageElement) => {
    const canvas = window.document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
    pen.drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  });
  expect(colour).toEqual([0, 128, 0]);
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(page.getByRole("button", { name: "Next page" })).toBeDisabled();
  expect(complaints).toEqual([]);
  await context.close();
});

/** A key on a desk, a button under a thumb. */
async function decide(page: Page, key: string, button: RegExp): Promise<void> {
  if (await page.evaluate(() => matchMedia("(pointer: coarse)").matches))
    await page.getByRole("button", { name: button }).tap();
  else await page.keyboard.press(key);
}

/** A PDF whose pages are of one colour each. */
async function document(browser: Browser, pages: number): Promise<EvidenceFile> {
  const page = await browser.newPage();
  const colours = ["white", "green", "navy"];
  await page.setContent(
    `<style>body{margin:0}div{height:100vh;break-after:page;color:grey}</style>${Array.from(
      { length: pages },
      (_, index) => `<div style="background:${colours[index % 3]}">${index + 1} ${Math.random()}</div>`,
    ).join("")}`,
  );
  const buffer = await page.pdf({ format: "A5", printBackground: true, pageRanges: `1-${pages}` });
  await page.close();
  return { name: "report.pdf", mimeType: "application/pdf", buffer };
}
