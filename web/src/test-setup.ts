import { i18n } from "@lingui/core";
import { afterEach, beforeEach } from "vitest";

import { messages } from "~/i18n/locales/en.po";

beforeEach(() => {
  i18n.loadAndActivate({ locale: "en", messages });
});

afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  sessionStorage.clear();
});
