// What a screen reader is told of the main pages, in order: landmarks with names, one first heading, no level left out,
// and every control with a name.

import { expect, type Page, test } from "@playwright/test";
import { signedIn } from "./support/app";
import { loginOf } from "./support/people";

const COLLEGE = "nvit";
const LANDMARKS = ["banner", "navigation", "main", "contentinfo", "complementary", "form", "region", "search"];

const PAGES: { role: RegExp; paths: string[] }[] = [
  {
    role: /^student$/i,
    paths: [
      "/app/",
      "/app/achievements",
      "/app/achievements/new",
      "/app/portfolio",
      "/app/portfolio/links",
      "/app/settings",
      "/app/settings/security",
    ],
  },
  { role: /faculty/i, paths: ["/app/review", "/app/review/decided"] },
  { role: /college admin/i, paths: ["/app/people", "/app/roster", "/app/keys", "/app/confirmations"] },
];

for (const { role, paths } of PAGES)
  test(`@phone what a screen reader hears: ${role.source}`, async ({ browser, request }) => {
    test.setTimeout(180_000);
    const { page, context } = await signedIn(browser, await loginOf(request, role, COLLEGE), paths[0], {
      language: "en",
    });
    for (const path of paths) {
      await page.goto(path);
      await expect(page.locator("main h1")).toBeVisible();
      await page.waitForLoadState("networkidle").catch(() => undefined);
      const { order, headings, nameless } = await heard(page);
      // The skip link first, then the banner, the ways through the app, the page itself.
      expect.soft(order[0], `${path} begins with the way past it all`).toBe("link Skip to the content");
      const landmarks = order.filter((entry) => LANDMARKS.includes(entry.split(" ")[0] ?? ""));
      expect.soft(landmarks[0], `${path}: the banner comes first`).toBe("banner");
      expect.soft(landmarks.filter((entry) => /^main\b/.test(entry)).length, `${path} has one main part`).toBe(1);
      const navigations = landmarks.filter((entry) => entry.startsWith("navigation"));
      expect.soft(new Set(navigations).size, `${path}: ${navigations} tell each other apart`).toBe(navigations.length);
      expect.soft(headings.filter((level) => level === 1).length, `${path} has one first heading`).toBe(1);
      expect.soft(headings[0], `${path} begins with it`).toBe(1);
      for (const [at, level] of headings.entries())
        expect
          .soft(level - (headings[at - 1] ?? 0), `${path}: heading ${at} leaves no level out`)
          .toBeLessThanOrEqual(1);
      expect.soft(nameless, `${path}: every control has a name`).toEqual([]);
    }
    await context.close();
  });

/** The accessibility tree in the order it is read (Chromium's own). */
async function heard(page: Page): Promise<{ order: string[]; headings: number[]; nameless: string[] }> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const order: string[] = [];
  const headings: number[] = [];
  const nameless: string[] = [];
  const walk = (id: string): void => {
    const node = byId.get(id);
    if (!node) return;
    const role = String(node.role?.value ?? "");
    const name = String(node.name?.value ?? "").trim();
    if (!node.ignored) {
      if (["link", "button", "heading", ...LANDMARKS].includes(role)) order.push(`${role} ${name}`.trim());
      if (role === "heading")
        headings.push(Number(node.properties?.find((property) => property.name === "level")?.value.value));
      if (["link", "button", "textbox", "checkbox", "radio", "combobox", "switch"].includes(role) && name === "")
        nameless.push(role);
    }
    for (const child of node.childIds ?? []) walk(child);
  };
  const root = nodes.find((node) => !node.parentId);
  if (root) walk(root.nodeId);
  return { order, headings, nameless };
}
