import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The hub sends this as a header too (and frame-ancestors, which only a header can say).
const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
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

export default defineConfig({
  base: "/v/",
  plugins: [contentSecurityPolicy],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Nothing inline: the policy would refuse it.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  test: { include: ["test/**/*.test.ts"] },
});
