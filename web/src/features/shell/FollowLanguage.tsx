import { useLingui } from "@lingui/react";
import { useEffect } from "react";

import { type Language, speak } from "~/i18n/i18n";

/** Speaks the language of the signed-in person. */
export function FollowLanguage({ language }: { language: Language }) {
  const { i18n } = useLingui();
  useEffect(() => {
    if (i18n.locale !== language) void speak(language);
  }, [i18n, language]);
  return null;
}
