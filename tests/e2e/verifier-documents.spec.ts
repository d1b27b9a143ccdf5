// The employer's page with real papers of the demo, and with forgeries of them.

import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect as base, type Page, test } from "@playwright/test";
import { file, forged, type Papers, papersOf, tampered } from "./support/documents";
import { renderPage } from "./support/paper";
import { strangers } from "./support/people";

// Signatures, fifty files, a busy machine: what is waited for comes, but not always at once.
const expect = base.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

let papers: Papers;

test.beforeAll(async ({ playwright, baseURL }) => {
  test.setTimeout(180_000);
  const request = await playwright.request.newContext({ baseURL: baseURL as string });
  papers = await papersOf(request, "nvit");
  await request.dispose();
});

type HandedIn = ReturnType<typeof file>;
async function handIn(page: Page, ...files: HandedIn[]): Promise<void> {
  await page.goto("/v");
  await page.locator("#file").setInputFiles(files);
  await expect(page.locator("#verdict")).toBeVisible({ timeout: 30_000 });
}
const check = (page: Page, column: 0 | 1, name: string) =>
  page
    .locator(".columns > section")
    .nth(column)
    .locator("li", { has: page.locator("b", { hasText: name }) })
    .locator("details")
    .first();

test("a portfolio is valid by every way in, and each half says what it checked @phone", async ({ page }) => {
  const others = strangers(page);
  await handIn(page, file("portfolio.pdf", papers.pdf));
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await expect(page.locator(".verdict")).toHaveClass(/good/);
  await expect(page.locator(".who .name").first()).toHaveText(papers.college);
  await expect(check(page, 0, "PDF")).toHaveClass(/pass/);
  await expect(check(page, 1, "Record")).toHaveClass(/pass/);
  await expect(page.locator(".items > li")).not.toHaveCount(0);
  for (const pill of await page.locator(".items .pill").all()) await expect(pill).toHaveClass(/good/);

  await handIn(page, file("one.json", papers.credential));
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await page.goto(new URL(papers.url).pathname);
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await page.goto("/v");
  await page.locator("#paste").fill(papers.credentialUrl);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.locator("#verdict")).toHaveText("Valid");
  expect(others).toEqual([]);
});

test("a code shows whose paper it is, large, and what is inside @phone", async ({ page }) => {
  await page.goto(papers.code);
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await expect(page.locator(".paper .who-name")).toHaveText(papers.holder);
  const size = await page
    .locator(".paper .large")
    .first()
    .evaluate((one) => Number.parseFloat(getComputedStyle(one).fontSize));
  expect(size).toBeGreaterThanOrEqual(20);
  for (const pill of await page.locator(".items .pill").all()) await expect(pill).toHaveClass(/good/);
});

test("a printed code is held against the file, and one of somebody else's paper does not fit", async ({
  page,
  request,
}) => {
  const other = await papersOf(request, "ponni");
  await handIn(page, file("portfolio.pdf", papers.pdf));
  await page.locator("#code-picture").setInputFiles(await renderPage(papers.path, 1));
  await expect(page.locator(".compare-code .note")).toHaveText("The printed code belongs to this document.");
  await page.locator("#code-picture").setInputFiles(await renderPage(other.path, 1));
  await expect(page.locator(".compare-code .note")).toHaveText("The printed code belongs to another document.");
});

test("tampered PDFs are red, and say that the pages changed", async ({ page }) => {
  for (const [how, bytes] of Object.entries(tampered(papers.pdf))) {
    await handIn(page, file("portfolio.pdf", bytes));
    await expect(page.locator(".verdict"), how).toHaveClass(/bad/);
    await expect(check(page, 1, "PDF"), how).toHaveClass(/fail/);
    // Of what calls itself validation data this browser does not judge; every other change it finds by itself.
    const own = how.includes("validation data") ? /unknown/ : /fail/;
    await expect(check(page, 0, "PDF"), how).toHaveClass(own);
  }
});

test("forged credentials are red by this browser's own checks", async ({ page }) => {
  for (const [how, text] of Object.entries(forged(papers.credential))) {
    await handIn(page, file("credential.json", text));
    await expect(page.locator(".verdict"), how).toHaveClass(/bad/);
    await expect(page.locator(".columns > section").first().locator(".check.fail"), how).not.toHaveCount(0);
    await expect(page.locator(".columns > section").nth(1).locator(".check.fail"), how).not.toHaveCount(0);
  }
});

test("an answer of the hub that knows less never makes a green one", async ({ page }) => {
  const change: { how: (checks: { id: string; state: string }[]) => void } = { how: () => {} };
  await page.route("**/api/verify/", async (route) => {
    const answer = await route.fetch();
    const report = await answer.json();
    change.how(report.checks);
    report.verdict = "valid";
    await route.fulfill({ response: answer, json: report });
  });
  const papersFor = (id: string) =>
    id === "pdf"
      ? file("portfolio.pdf", papers.pdf)
      : file("document.json", id === "nested" ? papers.portfolio : papers.credential);
  const turnTo = (id: string, state: string) => (checks: { id: string; state: string }[]) => {
    for (const one of checks) if (one.id === id) one.state = state;
  };
  const without = (id: string) => (checks: { id: string }[]) => {
    for (let at = checks.length - 1; at >= 0; at--) if (checks[at]?.id === id) checks.splice(at, 1);
  };
  for (const id of ["status", "nested", "pdf"]) {
    await handIn(page, papersFor(id));
    await expect(page.locator(".verdict"), id).toHaveClass(/good/);
  }
  for (const [id, state] of [
    ...["signature", "issuer", "validity", "status", "record", "nested", "pdf"].map((id) => [id, "unknown"] as const),
    ["signature", "something new"],
  ] as const) {
    change.how = turnTo(id, state);
    await handIn(page, papersFor(id));
    await expect(page.locator(".verdict"), `${id} ${state}`).not.toHaveClass(/good/);
    const passed = page.locator(".columns > section").nth(1).locator(".check.pass b");
    await expect(passed.filter({ hasText: new RegExp(`^${id}$`, "i") }), `${id} ${state}`).toHaveCount(0);
  }
  for (const id of ["signature", "issuer", "status", "record"]) {
    change.how = without(id);
    await handIn(page, papersFor(id));
    await expect(page.locator(".verdict"), `without ${id}`).not.toHaveClass(/good/);
  }
});

test("many files make a table that can be sorted, opened and saved @phone", async ({ page }, info) => {
  const files = [
    file("b-good.pdf", papers.pdf),
    file("a-forged.json", Object.values(forged(papers.credential))[0] as string),
    file("c-nothing.txt", "nothing"),
    file("d-one.json", papers.credential),
  ];
  await handIn(page, ...files);
  await expect(page.locator("#verdict")).toHaveText("4 files checked");
  const names = () => page.locator("tbody .col-file").allInnerTexts();
  expect((await names())[0]).toBe("a-forged.json");
  await expect(page.locator("tbody tr", { hasText: "b-good.pdf" }).locator(".pill")).toHaveClass(/good/);
  await expect(page.locator("tbody tr", { hasText: "c-nothing.txt" }).locator(".pill")).toHaveClass(/caution/);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (info.project.name === "desk") {
    await page.getByRole("button", { name: "File", exact: true }).click();
    expect(await names()).toEqual(["a-forged.json", "b-good.pdf", "c-nothing.txt", "d-one.json"]);
    await page.getByRole("button", { name: "File", exact: true }).click();
    expect((await names())[0]).toBe("d-one.json");
  }
  const [saving] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: /CSV/ }).click(),
  ]);
  const csv = await readFile(await saving.path(), "utf8");
  expect(csv.split("\r\n")).toHaveLength(6);
  expect(csv).toContain('"b-good.pdf","Valid"');
  await page.getByRole("button", { name: "b-good.pdf" }).click();
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await page.getByRole("button", { name: "Back to the table" }).click();
  await expect(page.locator("#verdict")).toHaveText("4 files checked");
});

test("fifty files are checked, and fifty-one are not begun", async ({ page }) => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => file(`${at}.json`, papers.credential));
  await handIn(page, ...many(50));
  await expect(page.locator("#verdict")).toHaveText("50 files checked", { timeout: 90_000 });
  await expect(page.locator("tbody .pill.good")).toHaveCount(50);
  await page.goto("/v");
  await page.locator("#file").setInputFiles(many(51));
  await expect(page.getByRole("alert")).toContainText("at most 50");
});

test("a receipt is saved, holds on the same page, and knows its file", async ({ page }) => {
  for (const [form, name] of [
    ["PDF", "receipt.pdf"],
    ["JSON", "receipt.json"],
  ] as const) {
    await handIn(page, file("portfolio.pdf", papers.pdf));
    const [saving] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: `Receipt (${form})` }).click(),
    ]);
    expect(saving.suggestedFilename()).toBe(name);
    const receipt = await readFile(await saving.path());
    await handIn(page, file(name, receipt));
    await expect(page.locator("#verdict")).toContainText("Genuine receipt");
    await expect(page.locator(".verdict")).not.toHaveClass(/good/);
    await expect(check(page, 0, "Signature")).toHaveClass(/pass/);
    if (form === "PDF") await expect(check(page, 0, "PDF")).toHaveClass(/pass/);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.locator("#compare-receipt").setInputFiles(file("portfolio.pdf", papers.pdf));
    await expect(page.locator(".compare .note").last()).toContainText("is exactly the file");
    await page.locator("#compare-receipt").setInputFiles(file("other.pdf", "other"));
    await expect(page.locator(".compare .note").last()).toContainText("is not the file");
    const changed =
      form === "PDF"
        ? (tampered(receipt)["an appended revision"] as Buffer)
        : Buffer.from(receipt.toString().replace("sha256-", "sha256-A"));
    await handIn(page, file(name, changed));
    await expect(page.locator("#verdict")).toHaveText("This receipt does not hold");
    await expect(page.locator(".verdict")).toHaveClass(/bad/);
  }
});

test("the colleges one keeps are from the hub or a file, and the hub's other key is told", async ({
  page,
  request,
}) => {
  const open = async () => {
    await page.goto("/v");
    await page.getByRole("button", { name: "Colleges you keep" }).click();
  };
  await open();
  await expect(page.locator("dialog")).toContainText("You keep no colleges yet.");
  await page.getByRole("button", { name: /^Keep the colleges of/ }).click();
  await expect(page.locator(".kept-college")).toHaveCount(2);
  await page.locator(".kept-college summary").first().click();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press("Escape");
  await handIn(page, file("portfolio.pdf", papers.pdf));
  await expect(page.locator("#verdict")).toHaveText("Valid");
  await expect(check(page, 0, "Key")).toHaveClass(/pass/);

  await open();
  await page.getByRole("button", { name: "Forget them all" }).click();
  const list = await (await request.get("/v/colleges.json")).json();
  for (const college of list.colleges) {
    for (const key of college.keys) key.publicKeyMultibase = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
  }
  await page.locator("#kept-file").setInputFiles(file("list.json", JSON.stringify(list)));
  await expect(page.locator("dialog .note")).toContainText("2 colleges");
  await page.keyboard.press("Escape");
  await handIn(page, file("portfolio.pdf", papers.pdf));
  await expect(page.locator(".verdict")).toHaveClass(/caution/);
  await expect(check(page, 0, "Key")).toHaveClass(/warn/);
});

test("a name that could be meant for another is warned of", async ({ page }) => {
  const strange = papers.credential.replaceAll(/localhost(%3A|:)(\d+)/g, "hub.far.example");
  await handIn(page, file("strange.json", strange));
  await expect(page.locator(".verdict")).toHaveClass(/caution/);
  await expect(page.locator(".warning")).toContainText(papers.college);
});

test.describe("with its service worker", () => {
  test.use({ serviceWorkers: "allow" });

  test("once opened it checks without a network, and says how old its knowledge is @phone", async ({
    page,
    context,
  }) => {
    await handIn(page, file("portfolio.pdf", papers.pdf));
    await expect(async () => {
      await page.goto("/v");
      const ready = page.evaluate(() =>
        Promise.race([
          navigator.serviceWorker.ready.then(() => true),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20_000)),
        ]),
      );
      expect(await ready, "the page is kept for days without a network").toBe(true);
    }).toPass({ timeout: 90_000 });
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: "Is it genuine?" })).toBeVisible();
    await page.locator("#file").setInputFiles(file("portfolio.pdf", papers.pdf));
    await expect(page.locator("#verdict")).toContainText("revocation last known on");
    await expect(page.locator(".verdict")).toHaveClass(/caution/);
    await expect(check(page, 0, "Signature")).toContainText("as of");
    await expect(check(page, 0, "Revocation")).toContainText("as of");
    await page.getByRole("button", { name: "Check another" }).click();
    await page
      .locator("#file")
      .setInputFiles(file("forged.json", Object.values(forged(papers.credential))[0] as string));
    await expect(page.locator("#verdict")).toHaveText("Changed after signing");
    await context.setOffline(false);
  });
});

test("what is printed has the checks and no buttons", async ({ page }) => {
  await handIn(page, file("portfolio.pdf", papers.pdf));
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".columns")).toBeVisible();
  await expect(page.getByRole("button", { name: "Check another" })).toBeHidden();
  await expect(page.locator(".receipt-maker")).toBeHidden();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["en", "hi", "ta"] as const) {
    test(`everybody can use it: ${scheme}, ${language} @phone`, async ({ page }) => {
      test.slow();
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto("/v");
      await page.locator("#language").selectOption(language);
      const faultless = async (state: string) =>
        expect(
          (
            await new AxeBuilder({ page })
              .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"])
              .analyze()
          ).violations,
          state,
        ).toEqual([]);
      await faultless("home");
      for (const [state, one] of [
        ["valid", file("portfolio.pdf", papers.pdf)],
        ["tampered", file("portfolio.pdf", tampered(papers.pdf)["an appended revision"] as Buffer)],
        ["forged", file("one.json", forged(papers.credential)["another name"] as string)],
        ["strange", file("strange.json", papers.credential.replaceAll(/localhost(%3A|:)(\d+)/g, "hub.far.example"))],
        ["nothing", file("x.pdf", "%PDF-1.7\n%%EOF\n")],
      ] as const) {
        await handIn(page, one);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        await faultless(state);
      }
    });
  }
}
