import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, List, Modal, Skeleton, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";

import type { Key } from "~/api/schema";
import { affectedQuery, useKeyAction } from "~/features/keys/api";
import { formatTime } from "~/i18n/format";
import { ErrorState, FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

/** A key in other hands: first what it would cost, then since when and why; a second person has to agree. */
export function CompromiseDialog({ signingKey, close }: { signingKey: Key; close: () => void }) {
  const { t } = useLingui();
  const affected = useQuery({ ...affectedQuery(signingKey.id), staleTime: 0 });
  const report = useKeyAction(signingKey, "compromise");
  const [seen, setSeen] = useState(false);
  const [since, setSince] = useState("");
  const [reason, setReason] = useState("");
  const time = since ? new Date(since) : null;
  return (
    <Modal
      opened
      size="lg"
      onClose={close}
      title={t`Is this key in other hands?`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {affected.isPending && <Skeleton height={180} radius="md" />}
      {affected.isError && <ErrorState error={affected.error} retry={() => affected.refetch()} />}
      {affected.data && !seen && (
        <Stack>
          <Alert
            color="red"
            variant="light"
            icon={<IconAlertTriangle size={22} />}
            title={t`What hangs on this key`}
          >
            <List size="sm" spacing={4}>
              <List.Item>
                <Plural
                  value={affected.data.credentials}
                  one="# credential is signed anew with the next key"
                  other="# credentials are signed anew with the next key"
                />
              </List.Item>
              <List.Item>
                <Plural
                  value={affected.data.portfolios}
                  one="# portfolio goes out of date; its student makes it anew"
                  other="# portfolios go out of date; their students make them anew"
                />
              </List.Item>
            </List>
          </Alert>
          <Text size="sm">
            <Trans>
              The key is frozen the moment you report it. The rest happens when a second person agrees; it
              cannot be undone then. On a mere suspicion, freeze the key instead.
            </Trans>
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button color="red" variant="light" onClick={() => setSeen(true)}>
              <Trans>Go on to the report</Trans>
            </Button>
          </Group>
        </Stack>
      )}
      {affected.data && seen && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!time) return;
            report.mutate(
              { since: time.toISOString(), reason: reason.trim(), affected: affected.data },
              {
                onSuccess: () => {
                  toastDone(t`Reported and frozen. A second person has to agree.`);
                  close();
                },
              },
            );
          }}
        >
          <Stack>
            <TextInput
              type="datetime-local"
              label={t`Since when may it be in other hands?`}
              description={
                time ? t`What it signed after ${formatTime(time.toISOString())} is not believed` : undefined
              }
              data-autofocus
              value={since}
              onChange={(event) => setSince(event.currentTarget.value)}
            />
            <Textarea
              label={t`What happened?`}
              description={t`Published once a second person agrees, for everybody who verifies`}
              autosize
              minRows={3}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <FormProblem error={report.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setSeen(false)}>
                <Trans>Back</Trans>
              </Button>
              <Button
                type="submit"
                color="red"
                loading={report.isPending}
                disabled={!time || reason.trim() === ""}
              >
                <Trans>Report it as compromised</Trans>
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
