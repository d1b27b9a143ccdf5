// Draws the PNG icons from public/icons/icon.svg: node scripts/make-icons.mjs (needs a Chromium).
import { readFile, writeFile } from "node:fs/promises";

import { chromium } from "playwright-core";

const svg = await readFile("public/icons/icon.svg", "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

for (const [name, size, body] of [
  ["icon-192", 192, svg],
  ["icon-512", 512, svg],
  // Maskable: the mark inside the inner 80 %, the colour to the edge (W3C Web App Manifest §icon-masks).
  [
    "maskable-512",
    512,
    svg.replace('rx="112"', "").replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"'),
  ],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const background = name.startsWith("maskable") ? "#2f4bb8" : "transparent";
  await page.setContent(
    `<style>body{margin:0;background:${background}}svg{display:block;width:100vw}</style>${body}`,
  );
  await writeFile(`public/icons/${name}.png`, await page.screenshot({ omitBackground: true }));
  await page.close();
}
// The icons of the app's shortcuts, from the set the pages use (Tabler, MIT).
for (const [name, glyph] of [
  ["shortcut-add", "plus"],
  ["shortcut-qr", "qrcode"],
]) {
  const { default: nodes } = await import(
    `@tabler/icons-react/dist/esm/icons/Icon${glyph === "plus" ? "Plus" : "Qrcode"}.mjs`
  ).then((icon) => ({ default: icon.__iconNode }));
  const paths = nodes.map(
    ([tag, { key: _, ...attributes }]) =>
      `<${tag} ${Object.entries(attributes)
        .map(([key, value]) => `${key}="${value}"`)
        .join(" ")}/>`,
  );
  const page = await browser.newPage({ viewport: { width: 192, height: 192 } });
  await page.setContent(
    `<style>body{margin:0}main{display:grid;place-items:center;width:192px;height:192px;border-radius:96px;background:#2f4bb8}</style>
    <main><svg width="104" height="104" viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${paths.join("")}</svg></main>`,
  );
  await writeFile(`public/icons/${name}.png`, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
