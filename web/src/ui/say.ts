import type { MessageDescriptor } from "@lingui/core";
import { i18n } from "@lingui/core";

/** A zod error in the language spoken when the error is shown, not when the schema was made. */
export function say(message: MessageDescriptor): { error: () => string } {
  return { error: () => i18n._(message) };
}
