// Somebody new on the staff: invited, let in, and from then on known by more than a password.

import { createHmac } from "node:crypto";
import { type CDPSession, expect, type Page, test } from "@playwright/test";
import { linkInMail, seat, signedIn, signIn } from "./support/app";
import { loginOf } from "./support/people";

const COLLEGE = "nvit";
const RUN = Date.now().toString(36);
const NEWCOMER = { email: `lila.${RUN}@nvit.example`, password: "seven-quiet-herons" };

test("an invitation is accepted; an app, recovery codes and a passkey guard the account; sessions end", async ({
  browser,
  request,
}) => {
  test.setTimeout(240_000);
  await test.step("the office invites", async () => {
    const office = await signedIn(browser, await loginOf(request, /college admin/i, COLLEGE), "/app/people", {
      language: "en",
    });
    await office.page.getByRole("button", { name: "Invite staff" }).click();
    const dialog = office.page.getByRole("dialog");
    await dialog.getByLabel("E-mail").fill(NEWCOMER.email);
    await dialog.getByLabel("Role").selectOption("faculty");
    await dialog.getByRole("button", { name: "Send the invitation" }).click();
    await expect(office.page.getByText(`Invitation sent to ${NEWCOMER.email}`)).toBeVisible();
    await office.context.close();
  });

  const { page, context, complaints } = await seat(browser, "about:blank");
  await test.step("the link in the mail opens the account, once", async () => {
    const link = await linkInMail(page, NEWCOMER.email);
    await page.goto(link);
    await expect(page.getByText(NEWCOMER.email)).toBeVisible();
    await expect(page.getByText("Faculty reviewer")).toBeVisible();
    await page.getByLabel("Full name").fill("Lila Menon");
    await page.getByLabel("Password", { exact: true }).fill(NEWCOMER.password);
    await page.getByRole("button", { name: "Accept and create the account" }).click();
    await expect(page).toHaveURL(/\/login\?email=/);
    await page.goto(link);
    await expect(page.getByRole("alert")).toBeVisible();
    await page.goto("/app/login");
    await signIn(page, NEWCOMER);
    await expect(page.getByRole("heading", { level: 1, name: "Waiting for review" })).toBeVisible();
  });

  let secret = "";
  let codes: string[] = [];
  await test.step("an authenticator app is set up", async () => {
    await page.goto("/app/settings/security");
    await page.getByRole("button", { name: "Set up an app" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
    secret = (await dialog.locator("pre").innerText()).replace(/\s/g, "");
    await dialog.getByLabel("Code of your authenticator app").fill("000000");
    await dialog.getByRole("button", { name: "Turn it on" }).click();
    await expect(dialog.getByLabel("Code of your authenticator app")).toHaveAttribute("aria-invalid", "true");
    await dialog.getByLabel("Code of your authenticator app").fill(code(secret));
    await dialog.getByRole("button", { name: "Turn it on" }).click();
    const shown = dialog.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
    await expect(shown).toHaveCount(10);
    codes = await shown.allInnerTexts();
    expect(new Set(codes).size).toBe(10);
    await dialog.getByRole("button", { name: "I have kept them" }).click();
    await expect(page.getByText("10 recovery codes are left, for the day the phone is gone.")).toBeVisible();
  });

  await test.step("a log-in elsewhere asks for a code, and takes a recovery code once", async () => {
    const other = await seat(browser, "/app/login?next=/settings/security");
    await password(other.page);
    await expect(other.page.getByRole("heading", { level: 1, name: "One more step" })).toBeVisible();
    await other.page.getByRole("button", { name: "Use a recovery code" }).click();
    await other.page.getByLabel("Recovery code").fill(codes[0] ?? "");
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(other.page.getByText("9 recovery codes are left, for the day the phone is gone.")).toBeVisible();

    await test.step("and is ended from here", async () => {
      await page.reload();
      await page
        .getByRole("button", { name: /^End the session/ })
        .first()
        .click();
      await expect(page.getByText("Ended", { exact: true })).toBeVisible();
      await other.page.reload();
      await expect(other.page).toHaveURL(/\/login/);
      await other.context.close();
    });
  });

  const keys = await authenticator(page);
  await test.step("a passkey is added", async () => {
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("dialog").getByLabel("What you call it").fill("Work phone");
    await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    await expect(page.getByText("From now on you can sign in with it")).toBeVisible();
    await expect(page.getByRole("button", { name: "Remove Work phone" })).toBeVisible();
  });

  await test.step("it signs in by itself, and opens the page that was wanted", async () => {
    await signOut(page);
    await page.goto("/app/login?next=/settings/security");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page.getByRole("heading", { name: "Passkeys" })).toBeVisible();
    await expect(page.getByText("Last used", { exact: false }).first()).toBeVisible();
  });

  await test.step("it is the second factor, too", async () => {
    await signOut(page);
    await page.goto("/app/login?next=/settings/security");
    await password(page);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page.getByRole("heading", { name: "Passkeys" })).toBeVisible();
  });

  await test.step("removed, it opens nothing any more", async () => {
    await page.getByRole("button", { name: "Remove Work phone" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(page.getByText("You have none yet.")).toBeVisible();
    await signOut(page);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page.getByText("This passkey opens no account here.")).toBeVisible();
    await password(page);
    await page.getByLabel("Code of your authenticator app").fill(code(secret, 1));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Waiting for review" })).toBeVisible();
  });
  await keys.detach();
  // A refused try is an answer that the browser notes; a policy that was broken would be another matter.
  expect(complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
  await context.close();
});

/** The first half of a log-in. */
async function password(page: Page): Promise<void> {
  await page.getByLabel("E-mail", { exact: true }).fill(NEWCOMER.email);
  await page.getByLabel("Password", { exact: true }).fill(NEWCOMER.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
}

/** A device with a finger that always fits (Web Authentication Level 3, §11). */
async function authenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return session;
}

/** The six digits of RFC 6238, now or so many steps on: each step opens once. */
function code(secret: string, steps = 0): string {
  const bits = [...secret]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
