import { Trans } from "@lingui/react/macro";
import { Badge } from "@mantine/core";
import { IconAlarm, IconCopy } from "@tabler/icons-react";

import type { AchievementSummary } from "~/api/schema";

/** What a reviewer should know before opening an item. */
export function Warnings({ item: { warnings } }: { item: AchievementSummary }) {
  return (
    <>
      {warnings.includes("duplicate_file") && (
        <Badge color="orange" variant="light" tt="none" radius="sm" leftSection={<IconCopy size={13} />}>
          <Trans>Same file</Trans>
        </Badge>
      )}
      {warnings.includes("overdue") && (
        <Badge color="red" variant="light" tt="none" radius="sm" leftSection={<IconAlarm size={13} />}>
          <Trans>Overdue</Trans>
        </Badge>
      )}
    </>
  );
}
