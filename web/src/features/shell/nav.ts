import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import {
  IconCalendarEvent,
  IconChecklist,
  IconFileCertificate,
  IconHistory,
  IconHome,
  IconKey,
  IconListDetails,
  IconTrophy,
  IconUserCheck,
  IconUsers,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { Me, Permission } from "~/api/schema";

export interface NavItem {
  to: string;
  label: MessageDescriptor;
  icon: ComponentType<{ size?: number; stroke?: number; "aria-hidden"?: boolean }>;
  /** One of these is enough. */
  needs: Permission[];
  count?: (me: Me) => number;
  /** Only this very address is the item's own. */
  exact?: boolean;
}

const ITEMS: NavItem[] = [
  { to: "/", label: msg`Home`, icon: IconHome, needs: ["achievement:create"], exact: true },
  {
    to: "/achievements",
    label: msg`Achievements`,
    icon: IconTrophy,
    needs: ["achievement:create"],
    count: (me) => me.counts.needs_me,
  },
  { to: "/portfolio", label: msg`Portfolio`, icon: IconFileCertificate, needs: ["achievement:create"] },
  {
    to: "/review",
    label: msg`Review`,
    icon: IconChecklist,
    needs: ["review:decide"],
    count: (me) => me.counts.waiting_for_review,
    exact: true,
  },
  { to: "/review/decided", label: msg`Decided`, icon: IconHistory, needs: ["review:decide"] },
  { to: "/events", label: msg`Events`, icon: IconCalendarEvent, needs: ["event:enter"] },
  { to: "/people", label: msg`People`, icon: IconUsers, needs: ["member:confirm"] },
  { to: "/roster", label: msg`Roster`, icon: IconListDetails, needs: ["roster:manage"] },
  {
    to: "/confirmations",
    label: msg`Second person`,
    icon: IconUserCheck,
    needs: ["key:freeze", "credential:revoke"],
  },
  { to: "/keys", label: msg`Keys`, icon: IconKey, needs: ["key:see"] },
];

/** The places a person may go, in order. */
export function navItems(me: Me): NavItem[] {
  return ITEMS.filter((item) => item.needs.some((right) => me.permissions.includes(right)));
}
