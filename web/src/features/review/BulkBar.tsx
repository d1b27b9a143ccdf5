import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Text } from "@mantine/core";
import { IconChecks, IconX } from "@tabler/icons-react";

import classes from "./QueuePage.module.css";

/** The bar that rises when items are picked. */
export function BulkBar({
  count,
  approve,
  clear,
}: {
  count: number;
  approve: () => void;
  clear: () => void;
}) {
  const { t } = useLingui();
  return (
    <section className={classes.bar} aria-label={t`Chosen items`}>
      <Text size="sm" fw={500}>
        <Plural value={count} one="# chosen" other="# chosen" />
      </Text>
      <Button leftSection={<IconChecks size={18} />} color="green.8" onClick={approve}>
        <Trans>Approve {count}</Trans>
      </Button>
      <ActionIcon aria-label={t`Choose none`} variant="transparent" c="white" onClick={clear}>
        <IconX size={18} />
      </ActionIcon>
    </section>
  );
}
