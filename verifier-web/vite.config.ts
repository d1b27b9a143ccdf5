import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The hub sends this as a header too (and frame-ancestors, which only a header can say).
const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: (html) =>
    html.replace(
      '<meta charset="utf-8">',
      `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${CSP}">`,
    ),
};

// Every part but the large decoder, which only browsers without one of their own need (src/offline.ts fetches it).
const serviceWorker: Plugin = {
  name: "service-worker",
  apply: "build",
  generateBundle(_, bundle) {
    const parts = Object.keys(bundle).filter((name) => name.startsWith("assets/") && !name.endsWith(".wasm"));
    const list = JSON.stringify(parts.sort().map((name) => `/v/${name}`));
    const version = createHash("sha256").update(list).digest("hex").slice(0, 12);
    const source = readFileSync(new URL("src/sw.js", import.meta.url), "utf8");
    this.emitFile({
      type: "asset",
      fileName: "sw.js",
      source: source.replace('"__PARTS__"', list).replace("__VERSION__", version),
    });
  },
};

export default defineConfig({
  base: "/v/",
  plugins: [contentSecurityPolicy, serviceWorker],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Nothing inline: the policy would refuse it.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  test: { include: ["test/**/*.test.ts"], setupFiles: ["test/setup.ts"] },
});
