// Sums what the student's home loads first: node scripts/first-load.mjs (after a build). Fails above the limit.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMIT = 235_000;
const manifest = JSON.parse(await readFile("dist/.vite/manifest.json", "utf8"));
const chunks = new Set();
const collect = (key) => {
  if (chunks.has(key)) return;
  chunks.add(key);
  for (const imported of manifest[key].imports ?? []) collect(imported);
};
for (const entry of ["index.html", "src/features/home/HomePage.tsx", "src/i18n/locales/ta.po"])
  collect(entry);

let total = 0;
for (const key of chunks) total += gzipSync(await readFile(`dist/${manifest[key].file}`)).length;
console.log(`student home: ${chunks.size} chunks, ${(total / 1000).toFixed(1)} kB of script, gzipped`);
process.exit(total > LIMIT ? 1 : 0);
