import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Badge } from "@mantine/core";
import {
  IconArrowBackUp,
  IconBan,
  IconCircleX,
  IconGitPullRequestDraft,
  IconHourglassHigh,
  IconMessageReply,
  IconPencil,
  IconReplace,
  IconRosetteDiscountCheck,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { Status } from "~/api/schema";

interface Look {
  word: MessageDescriptor;
  colour: string;
  icon: ComponentType<{ size?: number; "aria-hidden"?: boolean }>;
}

/** A state is a word, an icon and a colour: never the colour alone (WCAG 2.2 §1.4.1). */
export const STATUS_LOOKS: Record<Status, Look> = {
  draft: { word: msg`Draft`, colour: "gray", icon: IconPencil },
  submitted: { word: msg`Waiting for review`, colour: "ink", icon: IconHourglassHigh },
  correction_proposed: { word: msg`Correction proposed`, colour: "violet", icon: IconGitPullRequestDraft },
  withdrawn: { word: msg`Withdrawn`, colour: "gray", icon: IconArrowBackUp },
  changes_requested: { word: msg`Changes asked`, colour: "orange", icon: IconMessageReply },
  rejected: { word: msg`Rejected`, colour: "red", icon: IconCircleX },
  approved: { word: msg`Approved`, colour: "green", icon: IconRosetteDiscountCheck },
  superseded: { word: msg`Replaced`, colour: "gray", icon: IconReplace },
  revoked: { word: msg`Revoked`, colour: "red", icon: IconBan },
};

export function StatusBadge({ status, size = "md" }: { status: Status; size?: "md" | "lg" }) {
  const { _ } = useLingui();
  const { word, colour, icon: Icon } = STATUS_LOOKS[status];
  return (
    <Badge
      color={colour}
      variant="light"
      size={size === "lg" ? "xl" : "lg"}
      radius="sm"
      tt="none"
      fw={600}
      leftSection={<Icon size={size === "lg" ? 18 : 15} aria-hidden />}
      style={{ flexShrink: 0 }}
    >
      {_(word)}
    </Badge>
  );
}
