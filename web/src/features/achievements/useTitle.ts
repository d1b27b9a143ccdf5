import { useLingui } from "@lingui/react";

import { UNTITLED, UNTITLED_LABEL } from "~/ui/words";

/** The title to show; a draft nobody has named yet gets a name in the reader's language. */
export function useTitle(title: string): string {
  const { _ } = useLingui();
  return title === UNTITLED ? _(UNTITLED_LABEL) : title;
}
