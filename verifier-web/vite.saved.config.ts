// The page as one file, to be saved and opened from a disk: dist/verifier.html.

import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// Script and style stand in the page, allowed by their digests; the hub that serves it puts its address in the place of
// https://hub.invalid, and no other host can be asked.
const oneFile: Plugin = {
  name: "one-file",
  enforce: "post",
  generateBundle(_, bundle) {
    const text = (ending: string): string =>
      Object.values(bundle)
        .filter((part) => part.fileName.endsWith(ending))
        .map((part) => (part.type === "chunk" ? part.code : String(part.source)))
        .join("\n");
    // There is nothing to load beforehand: Vite's marks for that are for a page of many files.
    const script = text(".js").replaceAll("__VITE_PRELOAD__", "void 0").replaceAll("</script", "<\\/script");
    const style = text(".css");
    const picture = text(".svg");
    const page = bundle["index.html"];
    if (page?.type !== "asset") throw new Error("there is no page");
    const policy = [
      "default-src 'none'",
      `script-src ${digest(script)} 'wasm-unsafe-eval'`,
      `style-src ${digest(style)}`,
      "img-src data: https://hub.invalid",
      "connect-src data: https://hub.invalid",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; ");
    const html = String(page.source)
      .replace(/\s*<(?:script|link)[^>]*(?:src|href)="[^"]*\.(?:js|css)"[^>]*>(?:<\/script>)?/g, "")
      .replace(
        '<meta charset="utf-8">',
        () => `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
      )
      .replace(/href="[^"]*\.svg"/, () => `href="data:image/svg+xml,${encodeURIComponent(picture)}"`)
      .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
      .replace("</body>", () => `  <script type="module">${script}</script>\n  </body>`);
    for (const name of Object.keys(bundle)) delete bundle[name];
    this.emitFile({ type: "asset", fileName: "verifier.html", source: html });
  },
};

export default defineConfig({
  base: "./",
  plugins: [oneFile],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 10_000_000,
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
