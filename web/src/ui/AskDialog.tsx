import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { FormProblem } from "~/ui/states";

/** Asks before something that cannot be taken back, in the words of what happens. */
export function AskDialog({
  title,
  label,
  danger = false,
  ready = true,
  busy,
  error,
  act,
  close,
  children,
}: {
  title: string;
  /** What the button does. */
  label: string;
  danger?: boolean;
  /** Whether all that it needs has been said. */
  ready?: boolean;
  busy: boolean;
  error: unknown;
  act: () => void;
  close: () => void;
  children: ReactNode;
}) {
  const { t } = useLingui();
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ "aria-label": t`Close` }}>
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        <FormProblem error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button color={danger ? "red" : undefined} loading={busy} disabled={!ready} onClick={act}>
            {label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
