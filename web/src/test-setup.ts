import { i18n } from "@lingui/core";
import { configure } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";

import { messages } from "~/i18n/locales/en.po";

configure({ asyncUtilTimeout: 12_000 });

const page = typeof document !== "undefined";

// happy-dom has no FontFaceSet, to which a growing Textarea listens.
if (page) Object.defineProperty(document, "fonts", { value: new EventTarget() });

beforeEach(() => {
  i18n.loadAndActivate({ locale: "en", messages });
});

afterEach(() => {
  if (!page) return;
  document.body.replaceChildren();
  localStorage.clear();
  sessionStorage.clear();
});
