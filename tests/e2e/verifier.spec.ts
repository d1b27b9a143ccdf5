// The employer's page against a real hub: what it must never do, and what it says to what is no credential.

import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { strangers } from "./support/people";
import { vector } from "./support/place";

test("the page allows no code but its own, and asks no other host @phone", async ({ page }) => {
  const others = strangers(page);
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const answer = await page.goto("/v");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(policy).not.toContain("unsafe-inline");
  await expect(page.getByRole("heading", { level: 1, name: "Is it genuine?" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(others).toEqual([]);
  expect(errors).toEqual([]);
});

test("it works in three languages, and says which", async ({ page }) => {
  await page.goto("/v");
  for (const [code, title] of [
    ["hi", "क्या यह असली है?"],
    ["ta", "இது உண்மையானதா?"],
    ["en", "Is it genuine?"],
  ] as const) {
    await page.locator("#language").selectOption(code);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
    await expect(page.locator("html")).toHaveAttribute("lang", code);
  }
});

test("everybody can use it: no accessibility fault, before and after a check @phone", async ({ page }) => {
  await page.goto("/v");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.locator("#file").setInputFiles(vector("pdf/signed.pdf"));
  await expect(page.locator("#verdict")).toBeFocused();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("a link to another site is not followed", async ({ page }) => {
  const others = strangers(page);
  await page.goto("/v");
  await page.locator("#paste").fill("https://example.com/colleges/x/credentials/6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("another site");
  expect(others).toEqual([]);
});

test("a PDF that no college here signed is not valid @phone", async ({ page }) => {
  await page.goto("/v");
  await page.locator("#file").setInputFiles(vector("pdf/signed.pdf"));
  await expect(page.locator(".verdict")).toHaveClass(/bad/);
  await page.getByRole("button", { name: "Check another" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Is it genuine?" })).toBeVisible();
});

test("a PDF without a credential confirms nothing", async ({ page }) => {
  await page.goto("/v");
  await page.locator("#file").setInputFiles({
    name: "certificate.pdf",
    mimeType: "application/pdf",
    buffer: Buffer.from("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF\n"),
  });
  await expect(page.locator("#verdict")).toHaveText("No credential found");
});

test("an address where nothing is public says neither yes nor no", async ({ page, request }) => {
  const { results } = (await (await request.get("/api/colleges/")).json()) as { results: { slug: string }[] };
  await page.goto(`/colleges/${results[0]?.slug}/credentials/6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11`);
  await expect(page.locator("#verdict")).toHaveText("Nothing public at this address");
  await expect(page.locator(".verdict")).toHaveClass(/caution/);
});

test("without a network it says what could not be asked", async ({ page, context }) => {
  await page.goto("/v");
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(2_000);
  await context.setOffline(true);
  await page.locator("#file").setInputFiles(vector("pdf/signed.pdf"));
  await expect(page.getByText("The hub did not answer.")).toBeVisible();
  await expect(page.locator(".verdict")).not.toHaveClass(/good/);
});
