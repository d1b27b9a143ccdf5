import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { Box, Checkbox, Group, Text } from "@mantine/core";
import { Link } from "react-router";

import type { AchievementSummary } from "~/api/schema";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { Warnings } from "~/features/review/Warnings";
import { formatAgo } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { LEVELS, OUTCOMES } from "~/ui/words";

import classes from "./QueuePage.module.css";

interface Props {
  item: AchievementSummary;
  to: string;
  /** Undefined: there is nothing to pick for. */
  picked: boolean | undefined;
  toggle: () => void;
}

/** One waiting item: dense on a desk, a card on a phone. */
export function QueueRow({ item, to, picked, toggle }: Props) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const { student } = item;
  return (
    <Box className={classes.row} data-picked={picked || undefined}>
      {picked !== undefined && (
        <div className={classes.pick}>
          <Checkbox
            checked={picked}
            onChange={toggle}
            aria-label={t`Choose ${item.title} of ${student.full_name}`}
          />
        </div>
      )}
      <Link to={to} className={classes.link}>
        <EvidenceThumb path={item.thumbnail_url} size={44} />
        <Box miw={0}>
          <Text size="sm" fw={600} truncate>
            {student.full_name}
          </Text>
          <Text size="xs" c="dimmed" truncate className="tabular">
            {student.roll_number} · {student.department}
          </Text>
        </Box>
        <Box miw={0}>
          <Text size="sm" fw={500} lineClamp={2} lang={scriptOf(item.title)}>
            {item.title}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {[
              item.category.name,
              item.level && _(LEVELS[item.level]),
              item.outcome && _(OUTCOMES[item.outcome]),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </Box>
        <Group gap={6}>
          <Warnings item={item} />
        </Group>
        <Text size="xs" c="dimmed" className={`${classes.age} tabular`}>
          {item.submitted_at && formatAgo(item.submitted_at)}
        </Text>
      </Link>
    </Box>
  );
}
