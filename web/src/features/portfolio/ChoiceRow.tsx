import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { Box, Checkbox, Text } from "@mantine/core";
import { IconRosetteDiscountCheck } from "@tabler/icons-react";

import type { AchievementSummary } from "~/api/schema";
import { formatDay } from "~/i18n/format";
import { LEVELS } from "~/ui/words";

import classes from "./PortfolioPage.module.css";

/** One approved achievement, in or out of what is shown. */
export function ChoiceRow({
  item,
  chosen,
  toggle,
}: {
  item: AchievementSummary;
  chosen: boolean;
  toggle: () => void;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is the control
    <label className={classes.row}>
      <Checkbox checked={chosen} onChange={toggle} aria-label={t`Put in: ${item.title}`} />
      <Box flex={1} miw={0}>
        <Text size="sm" fw={600} lineClamp={2}>
          {item.title}
        </Text>
        <Text size="xs" c="dimmed">
          {[item.category.name, item.level && _(LEVELS[item.level]), formatDay(item.ended_on)]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </Box>
      <IconRosetteDiscountCheck size={22} className={classes.seal} aria-label={t`Signed by the college`} />
    </label>
  );
}
