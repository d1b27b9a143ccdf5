import type { LinguiConfig } from "@lingui/conf";

export default {
  locales: ["en", "hi", "ta"],
  sourceLocale: "en",
  fallbackLocales: { default: "en" },
  orderBy: "message",
  catalogs: [
    {
      path: "<rootDir>/src/i18n/locales/{locale}",
      include: ["src"],
      exclude: ["src/fake/**", "**/*.test.*"],
    },
  ],
} satisfies Partial<LinguiConfig>;
