import { Trans } from "@lingui/react/macro";
import { Anchor, Button, Group, Paper, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconBan, IconExternalLink } from "@tabler/icons-react";

import type { Achievement } from "~/api/schema";
import { useUndo } from "~/features/review/api";
import { RevokeDialog } from "~/features/review/RevokeDialog";
import { formatTime } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { StatusBadge } from "~/ui/StatusBadge";
import { toastFailed } from "~/ui/toasts";

import classes from "./ReviewPage.module.css";

/** What was decided, and what may still be done about it. */
export function DecidedPanel({ item }: { item: Achievement }) {
  const undo = useUndo();
  const [revoking, { open, close }] = useDisclosure(false);
  const { last_decision: decision, credential, allowed } = item;
  return (
    <Paper component="section" className={classes.card}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>
          <Trans>Decision</Trans>
        </Title>
        <StatusBadge status={item.status} />
      </Group>
      {decision && (
        <Text size="sm" c="dimmed">
          {decision.by} · {formatTime(decision.at)}
        </Text>
      )}
      {decision?.comment && (
        <Text size="sm" mt="xs" lang={scriptOf(decision.comment)} style={{ whiteSpace: "pre-line" }}>
          {decision.comment}
        </Text>
      )}
      {credential && credential.status !== "pending_issue" && (
        <Anchor
          href={credential.url}
          target="_blank"
          size="sm"
          mt="xs"
          display="inline-flex"
          className={classes.back}
        >
          <IconExternalLink size={16} aria-hidden /> <Trans>The credential's public page</Trans>
        </Anchor>
      )}
      {(allowed.includes("undo") || allowed.includes("revoke")) && (
        <Group mt="md" gap="xs">
          {allowed.includes("undo") && (
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={18} />}
              loading={undo.isPending}
              onClick={() => undo.mutate(item, { onError: toastFailed })}
            >
              <Trans>Take the decision back</Trans>
            </Button>
          )}
          {allowed.includes("revoke") && credential && (
            <Button variant="light" color="red" leftSection={<IconBan size={18} />} onClick={open}>
              <Trans>Revoke the credential</Trans>
            </Button>
          )}
        </Group>
      )}
      {revoking && <RevokeDialog item={item} close={close} />}
    </Paper>
  );
}
