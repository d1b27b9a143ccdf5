import { createReadStream } from "node:fs";
import { createRequire } from "node:module";

import { lingui } from "@lingui/vite-plugin";
import babel from "@rolldown/plugin-babel";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

/** Where a running hub answers while developing. */
const HUB = process.env.HUB_DEV_URL ?? "http://127.0.0.1:8080";

export default defineConfig(({ command, mode }) => ({
  base: "/app/",
  resolve: {
    alias: [
      { find: /^~/, replacement: new URL("./src", import.meta.url).pathname },
      // Its package names the development build for every bundler; the other is a quarter smaller.
      ...(command === "build"
        ? [
            {
              find: /^react-router$/,
              replacement: new URL("./node_modules/react-router/dist/production/index.mjs", import.meta.url)
                .pathname,
            },
          ]
        : []),
    ],
  },
  plugins: [
    // The lingui macro needs babel; only files that import it pay for that.
    babel({
      plugins: ["@lingui/babel-plugin-lingui-macro"],
      include: /\/src\/.*\.tsx?$/,
      exclude: [/node_modules/, /\.test\.tsx?$/],
    }),
    react(),
    lingui(),
    mode === "fake" && fakeServerWorker(),
    mode !== "fake" &&
      VitePWA({
        strategies: "injectManifest",
        srcDir: "src/sw",
        filename: "sw.ts",
        // Registered by src/sw/register.ts; the manifest is public/manifest.webmanifest.
        injectRegister: null,
        manifest: false,
        injectManifest: {
          globPatterns: ["**/*.{js,css,html}", "assets/noto-sans-latin-wght-*.woff2", "icons/*"],
          // The reader of PDFs is fetched when one is looked at.
          globIgnores: ["**/pdf*"],
        },
      }),
  ],
  build: {
    target: "es2022",
    sourcemap: false,
    // A data: URI would need `img-src data:` in the policy for nothing.
    assetsInlineLimit: 0,
    manifest: true,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: mode === "fake" ? undefined : { "/api": HUB, "/demo": HUB, "/colleges": HUB, "/v": HUB },
  },
  test: {
    environment: "happy-dom",
    environmentOptions: { happyDOM: { url: "http://hub.test/app/" } },
    setupFiles: ["./src/test-setup.ts"],
    css: false,
    // Pages are rendered whole; a busy machine takes its time.
    testTimeout: 40_000,
  },
}));

/** Serves MSW's worker script in `npm run dev:fake` only, so that no build ever contains it. */
function fakeServerWorker(): Plugin {
  const file = createRequire(import.meta.url).resolve("msw/mockServiceWorker.js");
  return {
    name: "fake-server-worker",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use("/app/mockServiceWorker.js", (_request, response) => {
        response.setHeader("Content-Type", "text/javascript");
        createReadStream(file).pipe(response);
      });
    },
  };
}
