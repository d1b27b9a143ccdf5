import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChecks, IconX } from "@tabler/icons-react";

import type { AchievementSummary } from "~/api/schema";
import { BulkDialog } from "~/features/review/BulkDialog";

import classes from "./QueuePage.module.css";

/** The bar that rises when items are picked. */
export function BulkBar({ items, done }: { items: AchievementSummary[]; done: () => void }) {
  const { t } = useLingui();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <section className={classes.bar} aria-label={t`Chosen items`}>
      <Text size="sm" fw={500}>
        <Plural value={items.length} one="# chosen" other="# chosen" />
      </Text>
      <Button leftSection={<IconChecks size={18} />} color="green.8" onClick={open}>
        <Trans>Approve {items.length}</Trans>
      </Button>
      <ActionIcon aria-label={t`Choose none`} variant="transparent" c="white" onClick={done}>
        <IconX size={18} />
      </ActionIcon>
      {opened && <BulkDialog items={items} close={close} done={done} />}
    </section>
  );
}
