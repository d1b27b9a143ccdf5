// The main job, from the register to the revocation, by five people and one stranger at their own browsers.

import { readFile, writeFile } from "node:fs/promises";
import { type Browser, expect, type Locator, type Page, test } from "@playwright/test";
import { linkInMail, type Seat, seat, signedIn, signIn } from "./support/app";
import { certificate, photo } from "./support/evidence";
import { countPages, readCodes, readSignatures, readText, renderPage } from "./support/paper";
import { loginOf } from "./support/people";
import { HUB } from "./support/place";

const COLLEGE = "nvit";
const OTHER = "ponni";
// A hub that runs already may have met this test before: every run has a student of its own.
const RUN = Date.now().toString(36);
const STUDENT = {
  name: "Kavya Raghuvanshi",
  native: "काव्या रघुवंशी",
  roll: `0201CSE23${RUN}`.toUpperCase(),
  batch: "2023-2027",
  email: `kavya.${RUN}@nvit.example`,
  password: "monsoon-ledger-17",
};
const TITLE = `Robotics league ${RUN}`;

test("from the registration to the revocation", async ({ browser, request }, info) => {
  test.setTimeout(300_000);
  const office = await loginOf(request, /college admin/i, COLLEGE);
  const reviewer = await loginOf(request, /faculty/i, COLLEGE);
  const elsewhere = await loginOf(request, /faculty/i, OTHER);
  const keeper = await loginOf(request, /key manager/i, COLLEGE);
  const seats: Seat[] = [];
  const at = async (taken: Promise<Seat>): Promise<Page> => {
    seats.push(await taken);
    return (seats.at(-1) as Seat).page;
  };
  const pdf = info.outputPath("portfolio.pdf");
  let code = "";

  await test.step("the college admin imports the student's row into the roster", async () => {
    const page = await at(signedIn(browser, office, "/app/roster"));
    await importRow(page);
  });

  const student = await at(seat(browser, "/app/register"));
  await test.step("the student registers, and the link in the mail confirms", async () => {
    await register(student, office.college_name);
    await student.goto(await linkInMail(student, STUDENT.email));
    await expect(student.getByRole("heading", { name: "Welcome!" })).toBeVisible();
    await student.getByRole("link", { name: "Sign in" }).click();
    await signIn(student, STUDENT);
    // Who gives a name in Devanagari is greeted in Hindi; the rest of the story is told in English.
    await expect(student.getByRole("heading", { level: 1 })).toContainText(STUDENT.native);
    await student.locator("button:has(svg.tabler-icon-language)").click();
    await student.getByRole("menuitem", { name: "English" }).click();
    await expect(student.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${STUDENT.native}`);
  });

  await test.step("the student adds an achievement with a photo and a PDF, and submits it", async () => {
    await addAchievement(student, browser);
  });

  await test.step("faculty of the other college does not see it", async () => {
    const page = await at(signedIn(browser, elsewhere, "/app/review"));
    await expect(page.getByRole("heading", { name: "Waiting for review" })).toBeVisible();
    await page.getByRole("textbox", { name: /name, roll number or title/i }).fill(RUN);
    await expect(page.getByText("Nothing matches these filters")).toBeVisible();
    const address = new URL(student.url()).pathname.replace("/achievements/", "/review/");
    await page.goto(address);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByText(TITLE)).toHaveCount(0);
  });

  await test.step("faculty of the college finds it in the queue and approves it with the keyboard", async () => {
    const page = await at(signedIn(browser, reviewer, "/app/review"));
    await page.getByRole("textbox", { name: /name, roll number or title/i }).fill(RUN);
    await page.getByRole("link", { name: new RegExp(TITLE) }).click();
    await expect(page.getByRole("heading", { level: 1, name: TITLE })).toBeFocused();
    await page.keyboard.press("a");
    await expect(page.getByText(`Approved: ${STUDENT.name}`)).toBeVisible();
  });

  await test.step("the student finds it approved and signed, and downloads the portfolio", async () => {
    // A job signs it, a moment after the approval.
    await expect(async () => {
      await student.reload();
      await expect(student.getByText("Signed and valid")).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 30_000 });
    await download(student, pdf);
    expect(await countPages(pdf)).toBeGreaterThan(0);
    const text = await readText(pdf);
    expect(text).toContain(STUDENT.name);
    expect(text).toContain(TITLE);
  });

  await test.step("another reader of PDFs accepts the signature", async () => {
    const signatures = await readSignatures(pdf);
    expect(signatures).toContain("Signature is Valid.");
    expect(signatures).toContain("Total document signed");
  });

  await test.step("the QR code on the paper leads to: valid, by this college", async () => {
    const codes = await readCodes(await renderPage(pdf, 1));
    code = codes.find((text) => text.startsWith(`${HUB}/`)) ?? "";
    expect(code, `a code of this hub among ${codes}`).not.toBe("");
    const page = await at(seat(browser, code));
    await verdictIs(page, () => page.reload(), "Valid");
    await expect(page.locator(".who")).toContainText(office.college_name);
    await expect(page.locator(".who")).toContainText(STUDENT.name);
  });

  await test.step("the PDF itself: valid, with every check shown", async () => {
    const page = await at(seat(browser, "/v"));
    await verdictIs(page, drop(page, pdf), "Valid");
    await expect(page.locator(".content")).toContainText(TITLE);
    for (const name of ["Signature", "Issuer", "Revocation", "Record", "PDF", "Achievements inside"])
      await expect(checkOf(page, name).first(), name).toHaveClass(/pass/);
    await expect(page.locator(".check.fail")).toHaveCount(0);
  });

  await test.step("a copy with one letter changed is refused", async () => {
    const copy = info.outputPath("changed.pdf");
    await writeFile(copy, await changed(pdf));
    expect(await countPages(copy)).toBe(await countPages(pdf));
    expect(await readSignatures(copy)).not.toContain("Signature is Valid.");
    const page = await at(seat(browser, "/v"));
    await verdictIs(page, drop(page, copy), "Changed after signing");
    await expect(page.locator(".verdict")).toHaveClass(/bad/);
  });

  await test.step("the key manager rotates the credentials key, and the document still verifies", async () => {
    const page = await at(signedIn(browser, keeper, "/app/keys"));
    const active = page.locator("section", { hasText: "Credentials" }).filter({ hasText: "Active" });
    const before = await active.locator("code").first().innerText();
    await active.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByText("The new key is active")).toBeVisible();
    await expect(active.locator("code").first()).not.toHaveText(before);
    const verifier = await at(seat(browser, "/v"));
    await verdictIs(verifier, drop(verifier, pdf), "Valid");
  });

  await test.step("the college admin revokes it", async () => {
    const page = await at(signedIn(browser, office, "/app/review/decided"));
    await page.getByRole("textbox", { name: /name, roll number or title/i }).fill(RUN);
    await page.getByRole("link", { name: new RegExp(TITLE) }).click();
    await page.getByRole("button", { name: "Revoke the credential" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").selectOption("issued_in_error");
    await dialog.getByLabel("Explanation").fill("The organiser corrected its list of winners.");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await expect(page.getByText("The credential is revoked")).toBeVisible();
  });

  await test.step("the same paper and the same PDF no longer pass", async () => {
    const scanned = await at(seat(browser, code));
    await verdictIs(scanned, () => scanned.reload(), "Out of date: something inside was revoked");
    const dropped = await at(seat(browser, "/v"));
    await verdictIs(dropped, drop(dropped, pdf), "Out of date: something inside was revoked");
    await expect(checkOf(dropped, "Achievements inside").first()).toContainText("revoked");
  });

  await test.step("the student is told", async () => {
    await student.goto("/app/achievements?status=revoked");
    await student.getByRole("link", { name: new RegExp(TITLE) }).click();
    await expect(student.getByText("Revoked", { exact: true }).first()).toBeVisible();
    await expect(student.getByText("The organiser corrected its list of winners.").first()).toBeVisible();
  });

  expect(seats.flatMap((one) => one.strangers)).toEqual([]);
  // A 404 was asked for: the reviewer of the other college.
  const complaints = seats.flatMap((one) => one.complaints).filter((text) => !text.includes("404"));
  expect(complaints).toEqual([]);
});

async function importRow(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Import CSV" }).click();
  const header = "roll_number,full_name,full_name_native,programme,batch,email,code";
  const row = [STUDENT.roll, STUDENT.name, STUDENT.native, "BTECH-CSE", STUDENT.batch, STUDENT.email, ""];
  await page.locator("input[type=file]").setInputFiles({
    name: "roster.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`${header}\n${row.join(",")}\n`),
  });
  await expect(page.getByText("Checked, nothing written yet: 1 rows are fine (1 new, 0 changed).")).toBeVisible();
  await page.getByRole("button", { name: "Import 1 row" }).click();
  await page.getByRole("textbox", { name: /roll number/i }).fill(STUDENT.roll);
  await expect(page.getByRole("cell", { name: STUDENT.roll })).toBeVisible();
}

async function register(page: Page, college: string): Promise<void> {
  await page.getByRole("combobox", { name: "College" }).click();
  await page.getByRole("option", { name: new RegExp(college) }).click();
  await page.getByLabel("Full name").fill(STUDENT.name);
  await page.getByLabel("Name in your own script (optional)").fill(STUDENT.native);
  await page.getByLabel("Its language").selectOption("hi");
  await page.getByLabel("Roll number").fill(STUDENT.roll);
  await page.getByLabel("Batch").fill(STUDENT.batch);
  await page.getByLabel("Department").selectOption("CSE");
  await page.getByLabel("Programme").selectOption("BTECH-CSE");
  await page.getByLabel("E-mail").fill(STUDENT.email);
  await page.getByLabel("Password", { exact: true }).fill(STUDENT.password);
  await page.getByLabel("I have read this and agree").check();
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();
}

async function addAchievement(page: Page, browser: Browser): Promise<void> {
  await page.goto("/app/achievements/new");
  const files = [await photo(browser, Date.now() % 1_000_003), await certificate(browser, STUDENT.name, TITLE)];
  await page.locator("input[type=file][multiple]").setInputFiles(files);
  await page.getByRole("button", { name: /^Technical events/ }).click();
  for (const file of files) await expect(page.getByLabel(`Caption of ${file.name}`)).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("Caption of certificate.pdf").fill("Certificate");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Title").fill(TITLE);
  await page.getByLabel("Organised by").fill("Robotics Society of Jabalpur");
  await page.getByLabel("Level").selectOption("state");
  await page.getByLabel("Result").selectOption("winner");
  await page.getByLabel("From").fill("2026-09-11");
  await page.getByLabel("Until").fill("2026-09-13");
  await page.getByLabel(/^What was it about/).fill("A robot that sorts waste by what a camera sees of it.");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("Nothing is missing.")).toBeVisible();
  await page.getByRole("button", { name: "Submit for review" }).click();
  await expect(page.getByText("Submitted for review")).toBeVisible();
  await expect(page).toHaveURL(/\/achievements\/[0-9a-f-]{36}$/);
}

async function download(page: Page, to: string): Promise<void> {
  await page.goto("/app/portfolio");
  await expect(page.getByLabel("1 achievement chosen")).toBeChecked();
  const [file] = await Promise.all([
    page.waitForEvent("download", { timeout: 90_000 }),
    page.getByRole("button", { name: "Download signed PDF" }).click(),
  ]);
  await file.saveAs(to);
}

/** What the page comes to, asked again while it is incomplete: a college's first list of revocations is published by a
 * job, a moment after the first document that is on it. */
async function verdictIs(page: Page, hand: () => Promise<unknown>, words: string): Promise<void> {
  await expect(async () => {
    await hand();
    await expect(page.locator("#verdict")).toHaveText(words, { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.locator(".verdict")).toHaveClass(words === "Valid" ? /good/ : /bad|caution/);
}

/** Drop a file on the employer's page. */
function drop(page: Page, file: string): () => Promise<void> {
  return async () => {
    await page.goto("/v");
    await page.locator("#file").setInputFiles(file);
  };
}

/** The rows of a check, in the browser's half and in the hub's. */
function checkOf(page: Page, name: string): Locator {
  return page.locator(".check").filter({ has: page.locator("b", { hasText: new RegExp(`^${name}$`) }) });
}

/** A copy that opens as before, and says in its title that it is somebody else's. */
async function changed(pdf: string): Promise<Buffer> {
  const bytes = await readFile(pdf);
  const at = bytes.indexOf(`(Portfolio of ${STUDENT.name})`);
  expect(at, "the name stands in the file's title").toBeGreaterThan(0);
  bytes.write("Divya", at + "(Portfolio of ".length, "latin1");
  return bytes;
}
