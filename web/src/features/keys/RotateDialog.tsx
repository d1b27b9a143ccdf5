import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconRotate } from "@tabler/icons-react";

import { call, idempotencyKey } from "~/api/client";
import type { Key } from "~/api/schema";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

/** Rotation is routine: it says calmly what changes and what does not. */
export function RotateDialog({ signingKey: { id, etag }, close }: { signingKey: Key; close: () => void }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () =>
      call<Key>(`/api/keys/${id}/rotate/`, {
        method: "POST",
        body: {},
        ifMatch: etag,
        idempotencyKey: idempotencyKey(),
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
    onSuccess: () => {
      toastDone(t`The new key is active`);
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={t`Rotate this key?`} closeButtonProps={{ "aria-label": t`Close` }}>
      <Stack>
        <Text size="sm">
          <Trans>This is routine, and safe at any time:</Trans>
        </Text>
        <List size="sm" spacing={6}>
          <List.Item>
            <Trans>A new key is made and signs from now on.</Trans>
          </List.Item>
          <List.Item>
            <Trans>All that this key has signed stays valid: its public part stays published.</Trans>
          </List.Item>
          <List.Item>
            <Trans>The private part of this key is destroyed.</Trans>
          </List.Item>
        </List>
        <FormProblem error={rotate.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            <Trans>Not now</Trans>
          </Button>
          <Button
            leftSection={<IconRotate size={18} />}
            loading={rotate.isPending}
            onClick={() => rotate.mutate()}
          >
            <Trans>Rotate</Trans>
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
