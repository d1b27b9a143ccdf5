import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import {
  IconChecklist,
  IconFileCertificate,
  IconHistory,
  IconHome,
  IconKey,
  IconListDetails,
  IconTrophy,
  IconUsers,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { Permission } from "~/api/schema";
import type { Me } from "~/api/schema";

export interface NavItem {
  to: string;
  label: MessageDescriptor;
  icon: ComponentType<{ size?: number; stroke?: number; "aria-hidden"?: boolean }>;
  needs: Permission;
  count?: (me: Me) => number;
  /** Only this very address is the item's own. */
  exact?: boolean;
}

const ITEMS: NavItem[] = [
  { to: "/", label: msg`Home`, icon: IconHome, needs: "achievement:create", exact: true },
  {
    to: "/achievements",
    label: msg`Achievements`,
    icon: IconTrophy,
    needs: "achievement:create",
    count: (me) => me.counts.needs_me,
  },
  { to: "/portfolio", label: msg`Portfolio`, icon: IconFileCertificate, needs: "achievement:create" },
  {
    to: "/review",
    label: msg`Review`,
    icon: IconChecklist,
    needs: "review:decide",
    count: (me) => me.counts.waiting_for_review,
    exact: true,
  },
  { to: "/review/decided", label: msg`Decided`, icon: IconHistory, needs: "review:decide" },
  { to: "/people", label: msg`People`, icon: IconUsers, needs: "member:confirm" },
  { to: "/roster", label: msg`Roster`, icon: IconListDetails, needs: "roster:manage" },
  { to: "/keys", label: msg`Keys`, icon: IconKey, needs: "key:see" },
];

/** The places a person may go, in order. */
export function navItems(me: Me): NavItem[] {
  return ITEMS.filter((item) => me.permissions.includes(item.needs));
}
