import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

import type { EvidenceKind, Level, MemberState, Outcome, Role } from "~/api/schema";

/** The words for what the contract names by code. */
export const LEVELS: Record<Level, MessageDescriptor> = {
  college: msg`College`,
  zonal: msg`Zonal`,
  university: msg`University`,
  state: msg({ message: "State", context: "level" }),
  national: msg`National`,
  international: msg`International`,
};

export const OUTCOMES: Record<Outcome, MessageDescriptor> = {
  winner: msg`Winner`,
  runner_up: msg`Runner-up`,
  third: msg`Third place`,
  participant: msg`Participant`,
  completed: msg`Completed`,
  organizer: msg`Organiser`,
};

export const EVIDENCE_KINDS: Record<EvidenceKind, MessageDescriptor> = {
  certificate: msg`Certificate`,
  photo: msg`Photo`,
  letter: msg`Letter`,
  report: msg`Report`,
};

export const ROLES: Record<Role, MessageDescriptor> = {
  student: msg`Student`,
  organizer: msg`Student organiser`,
  faculty: msg`Faculty reviewer`,
  head: msg`Head of department`,
  report_coordinator: msg`Report coordinator`,
  key_manager: msg`Key manager`,
  college_admin: msg`College admin`,
  super_admin: msg`Admin of the hub`,
};

export const MEMBER_STATES: Record<MemberState, MessageDescriptor> = {
  email_unverified: msg`E-mail not verified`,
  unconfirmed: msg`To confirm`,
  confirmed: msg`Confirmed`,
  alumnus: msg`Alumnus`,
  deactivated: msg`Deactivated`,
};

export { UNTITLED } from "~/features/achievements/content";

export const UNTITLED_LABEL = msg`Untitled achievement`;
