import type { LinguiConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

export default {
  locales: ["en", "hi", "ta"],
  sourceLocale: "en",
  fallbackLocales: { default: "en" },
  orderBy: "message",
  // Line numbers would change every catalogue with every edit.
  format: formatter({ lineNumbers: false }),
  catalogs: [
    {
      path: "<rootDir>/src/i18n/locales/{locale}",
      include: ["src"],
      exclude: ["src/fake/**", "**/*.test.*"],
    },
  ],
} satisfies Partial<LinguiConfig>;
