import { useLingui } from "@lingui/react";
import { Box, Group, Text } from "@mantine/core";
import { Link } from "react-router";

import type { AchievementSummary } from "~/api/schema";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { formatAgo, formatDay } from "~/i18n/format";
import { CategoryIcon } from "~/ui/CategoryIcon";
import { StatusBadge } from "~/ui/StatusBadge";
import { LEVELS } from "~/ui/words";

import classes from "./AchievementRow.module.css";
import { useTitle } from "./useTitle";

/** One achievement in a student's list. */
export function AchievementRow({ item }: { item: AchievementSummary }) {
  const { _ } = useLingui();
  const title = useTitle(item.title);
  const facts = [
    item.category.name,
    item.level && _(LEVELS[item.level]),
    item.ended_on ? formatDay(item.ended_on) : formatAgo(item.updated_at),
  ];
  return (
    <Link to={`/achievements/${item.id}`} className={classes.row}>
      {item.thumbnail_url ? (
        <EvidenceThumb path={item.thumbnail_url} size={48} />
      ) : (
        <Box className={classes.icon} aria-hidden>
          <CategoryIcon name={item.category.icon} size={22} />
        </Box>
      )}
      <Box className={classes.text}>
        <Text fw={600} size="sm" lineClamp={2}>
          {title}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {facts.filter(Boolean).join(" · ")}
        </Text>
      </Box>
      <Group className={classes.state}>
        <StatusBadge status={item.status} />
      </Group>
    </Link>
  );
}
