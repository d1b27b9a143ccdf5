import type { MessageDescriptor } from "@lingui/core";
import { i18n } from "@lingui/core";
import { msg } from "@lingui/core/macro";

import { RequestError } from "~/api/problem";

const TEXTS: Record<string, MessageDescriptor> = {
  offline: msg`No connection to the hub. Check the network and try again.`,
  unauthenticated: msg`You are signed out. Please sign in again.`,
  forbidden: msg`Your role does not allow this.`,
  own_item: msg`You cannot decide on your own achievement, or on your team's.`,
  not_found: msg`This does not exist, or is not yours to see.`,
  too_large: msg`The file is too large: 25 MB at most.`,
  unsupported_type: msg`This kind of file is not accepted. Use JPEG, PNG, WebP or PDF.`,
  rate_limited: msg`Too many tries. Wait a minute and try again.`,
  busy: msg`The hub is busy at the moment. Try again shortly.`,
  stale_version: msg`Somebody changed this meanwhile.`,
};

/** A sentence for a person about what went wrong: the server's own if it wrote one, else ours. */
export function problemText(error: unknown): string {
  if (error instanceof RequestError) {
    if (error.problem.detail) return error.problem.detail;
    const text = TEXTS[error.code];
    return text ? i18n._(text) : error.problem.title;
  }
  return i18n._(msg`Something went wrong. Try again.`);
}
