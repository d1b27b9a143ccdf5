import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useMe } from "~/api/me";
import { signOut } from "~/features/shell/signOut";
import { sendAll } from "~/outbox/outbox";
import { outboxQuery } from "~/outbox/useOutbox";

/** Signs out; where something is unsent, it asks first, because signing out clears this device. */
export function useSignOut() {
  const me = useMe();
  const queries = useQueryClient();
  const [unsent, setUnsent] = useState(0);
  const close = () => setUnsent(0);

  async function ask() {
    await sendAll(me.id).catch(() => undefined);
    const items = await queries.fetchQuery(outboxQuery(me.id));
    if (items.length === 0) await signOut();
    else setUnsent(items.length);
  }
  const dialog = <SignOutDialog unsent={unsent} close={close} />;
  return { ask: () => void ask(), dialog };
}

function SignOutDialog({ unsent, close }: { unsent: number; close: () => void }) {
  const { t } = useLingui();
  const leave = useMutation({ mutationFn: signOut, onSettled: close });
  return (
    <Modal
      opened={unsent > 0}
      onClose={close}
      title={t`Sign out and lose what is unsent?`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Text size="sm">
        <Plural
          value={unsent}
          one="The college does not have everything of # achievement yet."
          other="The college does not have everything of # achievements yet."
        />{" "}
        <Trans>Signing out clears this device, so that nobody else finds it here.</Trans>
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          <Trans>Stay signed in</Trans>
        </Button>
        <Button color="red.9" loading={leave.isPending} onClick={() => leave.mutate()}>
          <Trans>Sign out and clear</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
