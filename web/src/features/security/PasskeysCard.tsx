import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Box, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFingerprint, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";

import type { Passkey } from "~/api/schema";
import { isDismissed, knowsPasskeys } from "~/features/auth/passkeys";
import { addPasskey, passkeysQuery, removePasskey, renamePasskey, useFactors } from "~/features/security/api";
import { formatAgo, formatDay } from "~/i18n/format";
import { AskDialog } from "~/ui/AskDialog";
import { Card } from "~/ui/Card";
import { ErrorState, FormProblem, ListSkeleton } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

import classes from "./security.module.css";

type Open = { what: "add" } | { what: "rename" | "remove"; passkey: Passkey } | null;

/** Finger, face or PIN of a device in the place of the password. */
export function PasskeysCard() {
  const { t } = useLingui();
  const passkeys = useQuery(passkeysQuery);
  const [opened, setOpened] = useState<Open>(null);
  const close = () => setOpened(null);
  return (
    <Card
      title={t`Passkeys`}
      note={<Trans>Sign in with your finger, your face or the PIN of your device. No password needed.</Trans>}
      side={
        knowsPasskeys() && (
          <Button
            variant="light"
            leftSection={<IconPlus size={18} />}
            onClick={() => setOpened({ what: "add" })}
          >
            <Trans>Add a passkey</Trans>
          </Button>
        )
      }
    >
      {passkeys.isPending && <ListSkeleton rows={1} height={60} />}
      {passkeys.isLoadingError && <ErrorState error={passkeys.error} retry={() => passkeys.refetch()} />}
      {passkeys.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {knowsPasskeys() ? (
            <Trans>You have none yet.</Trans>
          ) : (
            <Trans>You have none, and this browser cannot make one.</Trans>
          )}
        </Text>
      )}
      {passkeys.data && passkeys.data.length > 0 && (
        <ul className={classes.rows}>
          {passkeys.data.map((passkey) => (
            <li key={passkey.id} className={classes.row}>
              <IconFingerprint size={24} stroke={1.5} aria-hidden />
              <Box flex={1} miw={0}>
                <Text size="sm" fw={600} truncate>
                  {passkey.name}
                </Text>
                <Text size="xs" c="dimmed">
                  <Trans>Added on {formatDay(passkey.created_at)}</Trans>
                  {passkey.last_used_at && (
                    <>
                      {" · "}
                      <Trans>Last used {formatAgo(passkey.last_used_at)}</Trans>
                    </>
                  )}
                </Text>
              </Box>
              <ActionIcon
                aria-label={t`Rename ${passkey.name}`}
                onClick={() => setOpened({ what: "rename", passkey })}
              >
                <IconPencil size={18} />
              </ActionIcon>
              <ActionIcon
                aria-label={t`Remove ${passkey.name}`}
                onClick={() => setOpened({ what: "remove", passkey })}
              >
                <IconTrash size={18} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {opened?.what === "add" && <NameDialog close={close} />}
      {opened?.what === "rename" && <NameDialog passkey={opened.passkey} close={close} />}
      {opened?.what === "remove" && <RemoveDialog passkey={opened.passkey} close={close} />}
    </Card>
  );
}

function NameDialog({ passkey, close }: { passkey?: Passkey; close: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(passkey?.name ?? t`This device`);
  const save = useFactors<string, unknown>((name) =>
    passkey ? renamePasskey({ id: passkey.id, name }) : addPasskey(name),
  );
  const known = save.error instanceof DOMException && save.error.name === "InvalidStateError";
  return (
    <Modal
      opened
      onClose={close}
      title={passkey ? t`Rename the passkey` : t`Add a passkey`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(name.trim(), {
            onSuccess: () => {
              close();
              toastDone(passkey ? t`Saved` : t`From now on you can sign in with it`);
            },
          });
        }}
      >
        <Stack>
          {!passkey && (
            <Text size="sm">
              <Trans>
                Your device asks for finger, face or PIN. What it sees never leaves it; the hub gets a key.
              </Trans>
            </Text>
          )}
          <TextInput
            size="md"
            data-autofocus
            label={t`What you call it`}
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {known ? (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              <Trans>This device has a passkey of yours already.</Trans>
            </Text>
          ) : (
            <FormProblem error={isDismissed(save.error) ? null : save.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
              {passkey ? <Trans>Save</Trans> : <Trans>Go on</Trans>}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function RemoveDialog({ passkey: { id, name }, close }: { passkey: Passkey; close: () => void }) {
  const { t } = useLingui();
  const remove = useFactors<string, unknown>(removePasskey);
  return (
    <AskDialog
      title={t`Remove ${name}?`}
      label={t`Remove`}
      danger
      busy={remove.isPending}
      error={remove.error}
      close={close}
      act={() =>
        remove.mutate(id, {
          onSuccess: () => {
            close();
            toastDone(t`Removed`);
          },
        })
      }
    >
      <Trans>It opens your account no more. Delete it on the device, too; the hub cannot do that.</Trans>
    </AskDialog>
  );
}
