import { Box, Text } from "@mantine/core";
import { Link } from "react-router";

import type { AchievementSummary } from "~/api/schema";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { formatAgo } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { StatusBadge } from "~/ui/StatusBadge";

import classes from "./QueuePage.module.css";

/** One decided item. */
export function DecidedRow({ item }: { item: AchievementSummary }) {
  return (
    <Box className={classes.row}>
      <Link to={`/review/${item.id}`} className={classes.link}>
        <EvidenceThumb path={item.thumbnail_url} size={44} />
        <Box miw={0}>
          <Text size="sm" fw={600} truncate>
            {item.student.full_name}
          </Text>
          <Text size="xs" c="dimmed" truncate className="tabular">
            {item.student.roll_number} · {item.student.department}
          </Text>
        </Box>
        <Box miw={0}>
          <Text size="sm" fw={500} lineClamp={2} lang={scriptOf(item.title)}>
            {item.title}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {item.category.name}
          </Text>
        </Box>
        <StatusBadge status={item.status} />
        <Text size="xs" c="dimmed" className={`${classes.age} tabular`}>
          {formatAgo(item.updated_at)}
        </Text>
      </Link>
    </Box>
  );
}
