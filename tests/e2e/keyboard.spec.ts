// Without a mouse: a student registers, adds and submits; a reviewer decides and takes it back. Focus is always seen.

import { expect, type Locator, type Page, test } from "@playwright/test";
import { linkInMail, seat, signedIn } from "./support/app";
import { certificate } from "./support/evidence";
import { loginOf, token } from "./support/people";

const COLLEGE = "nvit";
const RUN = Date.now().toString(36);
const STUDENT = { name: "Farida Ansari", email: `farida.${RUN}@nvit.example`, password: "lantern-by-the-ghat" };
const TITLE = `Debating cup ${RUN}`;

test("register, add and submit with Tab, Space, arrows and Enter", async ({ browser, request }) => {
  test.setTimeout(240_000);
  const { page, context } = await seat(browser, "/app/register", { language: "en" });
  await test.step("register", async () => {
    await reach(page, page.getByRole("combobox", { name: "College" }));
    await page.keyboard.press("Enter");
    await page.keyboard.type("Narmada");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(page.getByLabel("Department")).toBeVisible();
    await type(page, "Full name", STUDENT.name);
    await type(page, "Roll number", `0201CSE23${RUN}`.toUpperCase());
    await type(page, "Batch", "2023-2027");
    await pick(page, "Department", "Computer");
    await pick(page, "Programme", "B");
    await type(page, "E-mail", STUDENT.email);
    await type(page, "Password", STUDENT.password);
    await reach(page, page.getByLabel("I have read this and agree"));
    await page.keyboard.press("Space");
    await press(page, page.getByRole("button", { name: "Register", exact: true }));
    await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();
    await page.goto(await linkInMail(page, STUDENT.email));
  });

  await test.step("an unconfirmed newcomer is confirmed by the office", async () => {
    await press(page, page.getByRole("link", { name: "Sign in" }));
    const headers = {
      Authorization: `Bearer ${await token(request, await loginOf(request, /college admin/i, COLLEGE))}`,
    };
    const found = await request.get(`/api/members/?q=${encodeURIComponent(STUDENT.email)}`, { headers });
    const [member] = ((await found.json()) as { results: { id: string; etag: string; state: string }[] }).results;
    expect(member?.state).toBe("unconfirmed");
    const confirmed = await request.post(`/api/members/${member?.id}/confirm/`, {
      headers: { ...headers, "If-Match": `"${member?.etag.replaceAll('"', "")}"` },
      data: {},
    });
    expect(confirmed.ok(), await confirmed.text()).toBe(true);
  });

  await test.step("sign in", async () => {
    await type(page, "E-mail", STUDENT.email);
    await type(page, "Password", STUDENT.password);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: /^Hello/ })).toBeVisible({ timeout: 40_000 });
  });

  await test.step("the first Tab skips the menu", async () => {
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: /^Hello/ })).toBeVisible();
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await expect(page.locator("main :focus")).toHaveCount(1);
  });

  await test.step("add", async () => {
    await press(page, page.getByRole("main").getByRole("link", { name: /^Add achievement/ }));
    await expect(page.getByRole("heading", { level: 1, name: "Add achievement" })).toBeVisible();
    // The file chooser is the system's own; here it is answered for it.
    const choosing = page.waitForEvent("filechooser");
    await press(page, page.getByRole("button", { name: "Choose files" }));
    await (await choosing).setFiles(await certificate(browser, STUDENT.name, TITLE));
    await press(page, page.getByRole("button", { name: /^Technical events/ }));
    await expect(page.getByLabel("Caption of certificate.pdf")).toBeVisible({ timeout: 30_000 });
    await press(page, page.getByRole("button", { name: "Continue" }));
    await type(page, /^Title/, TITLE);
    await type(page, "Organised by", "Debating Society of Jabalpur");
    await pick(page, "Level", "State");
    await pick(page, "Result", "Win");
    // The same whichever of day and month the browser's language asks first.
    await date(page, "From", "09092026");
    await date(page, "Until", "10102026");
    await press(page, page.getByRole("button", { name: "Continue" }));
    await expect(page.getByText("Nothing is missing.")).toBeVisible();
    await press(page, page.getByRole("button", { name: "Submit for review" }));
    await expect(page.getByText("Submitted for review")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1, name: TITLE })).toBeVisible();
  });
  await context.close();
});

test("the reviewer's day: J, K, A, Undo, C, R", async ({ browser, request }) => {
  test.setTimeout(120_000);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const { page, context } = await signedIn(browser, reviewer, "/app/review", { language: "en" });
  const heading = page.getByRole("heading", { level: 1 });
  await press(page, page.getByRole("link", { name: "Start reviewing" }));
  await expect(heading).toBeFocused();
  const first = await heading.innerText();

  await test.step("J goes on, K goes back", async () => {
    await page.keyboard.press("j");
    await expect(heading).not.toHaveText(first);
    await expect(heading).toBeFocused();
    await page.keyboard.press("k");
    await expect(heading).toHaveText(first);
  });

  await test.step("A approves, Undo takes it back, by keys alone", async () => {
    await page.keyboard.press("a");
    await expect(heading).not.toHaveText(first);
    await press(page, page.getByRole("button", { name: "Undo" }), 200);
    await expect(heading).toHaveText(first);
  });

  await test.step("C and R open their forms with the focus in them, Escape leaves", async () => {
    await page.keyboard.press("c");
    await expect(page.getByLabel("Message to the student")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: /^Changes/ })).toBeVisible();
    await page.keyboard.press("r");
    await expect(page.getByLabel("Reason")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: /^Reject/ })).toBeVisible();
  });
  await context.close();
});

/** Tabs until it has the focus; where the focus goes, it is seen (WCAG 2.2 §2.4.7). */
async function reach(page: Page, goal: Locator, most = 80): Promise<void> {
  await expect(goal).toBeVisible();
  for (let tabs = 0; tabs < most; tabs += 1) {
    if (await goal.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
    const unseen = await page.evaluate(() => {
      const { activeElement: at } = document;
      if (!at || at === document.body) return null;
      const style = getComputedStyle(at);
      const { width, height } = at.getBoundingClientRect();
      // A field shows it by its border, all else by an outline; what is drawn over a hidden box, by its box.
      const shown = style.outlineStyle !== "none" || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName);
      return shown && width > 0 && height > 0 ? null : at.outerHTML.slice(0, 120);
    });
    expect(unseen, "the focus is seen").toBeNull();
  }
  expect(false, `${goal} is reached by Tab`).toBe(true);
}

async function press(page: Page, goal: Locator, most?: number): Promise<void> {
  await expect(goal).toBeEnabled();
  await reach(page, goal, most);
  await page.keyboard.press("Enter");
}

async function type(page: Page, label: string | RegExp, text: string): Promise<void> {
  await reach(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.type(text);
}

/** Chooses in a list by its first letters. */
async function pick(page: Page, label: string, letters: string): Promise<void> {
  const list = page.getByLabel(label, { exact: true });
  await reach(page, list);
  await page.keyboard.type(letters);
  await expect(list).not.toHaveValue("");
}

async function date(page: Page, label: string, digits: string): Promise<void> {
  await reach(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.type(digits);
}
