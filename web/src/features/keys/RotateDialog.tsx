import { Trans, useLingui } from "@lingui/react/macro";
import { List, Text } from "@mantine/core";

import type { Key } from "~/api/schema";
import { useKeyAction } from "~/features/keys/api";
import { AskDialog } from "~/ui/AskDialog";
import { toastDone } from "~/ui/toasts";

/** Rotation is routine: it says calmly what changes and what does not. */
export function RotateDialog({ signingKey, close }: { signingKey: Key; close: () => void }) {
  const { t } = useLingui();
  const rotate = useKeyAction(signingKey, "rotate");
  return (
    <AskDialog
      title={t`Rotate this key?`}
      label={t`Rotate`}
      busy={rotate.isPending}
      error={rotate.error}
      close={close}
      act={() =>
        rotate.mutate(
          {},
          {
            onSuccess: () => {
              toastDone(t`The new key is active`);
              close();
            },
          },
        )
      }
    >
      <Text size="sm" mb="sm">
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
    </AskDialog>
  );
}
