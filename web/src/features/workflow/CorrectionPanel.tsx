import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";

import type { Achievement, Changed } from "~/api/schema";
import { Differences } from "~/features/workflow/Differences";
import { useStep } from "~/features/workflow/api";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

import classes from "./workflow.module.css";

/** The facts a reviewer proposes, for the owner to confirm or to decline with a reason. */
export function CorrectionPanel({ item }: { item: Achievement }) {
  const { t } = useLingui();
  const confirm = useStep("confirm_correction");
  const decline = useStep("decline_correction");
  const [declining, setDeclining] = useState(false);
  const [text, setText] = useState("");
  const changes = Object.entries(item.last_decision?.changes ?? {}) as [string, Changed][];
  return (
    <Paper component="section" className={classes.card} mb="lg">
      <Title order={2} mb="sm">
        <Trans>The proposed correction</Trans>
      </Title>
      <Differences changes={changes} />
      <FormProblem error={confirm.error ?? decline.error} />
      {declining ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim())
              decline.mutate(
                { item, text: text.trim() },
                { onSuccess: () => toastDone(t`Your facts stay; it waits for review again`) },
              );
          }}
        >
          <Stack mt="md" gap="sm">
            <Textarea
              label={t`Why your facts are right`}
              autoFocus
              autosize
              minRows={2}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setDeclining(false)}>
                <Trans>Cancel</Trans>
              </Button>
              <Button type="submit" disabled={!text.trim()} loading={decline.isPending}>
                <Trans>Decline</Trans>
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Group mt="md" gap="xs">
          {item.allowed.includes("confirm_correction") && (
            <Button
              color="green.8"
              leftSection={<IconCheck size={18} />}
              loading={confirm.isPending}
              onClick={() =>
                confirm.mutate({ item }, { onSuccess: () => toastDone(t`Confirmed: it is approved so`) })
              }
            >
              <Trans>That is right: approve it so</Trans>
            </Button>
          )}
          {item.allowed.includes("decline_correction") && (
            <Button variant="default" leftSection={<IconX size={18} />} onClick={() => setDeclining(true)}>
              <Trans>Decline</Trans>
            </Button>
          )}
        </Group>
      )}
      {!item.allowed.includes("confirm_correction") && (
        <Text size="sm" c="dimmed" mt="sm">
          <Trans>The student has to confirm it.</Trans>
        </Text>
      )}
    </Paper>
  );
}
