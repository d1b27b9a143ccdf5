import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Paper } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { IconCloudCheck, IconCloudUp, IconWifiOff } from "@tabler/icons-react";

import { useMe } from "~/api/me";
import { OutboxRow } from "~/features/outbox/OutboxRow";
import { sendAll } from "~/outbox/outbox";
import { outboxQuery } from "~/outbox/useOutbox";
import { PageHeader } from "~/ui/PageHeader";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { useOnline } from "~/ui/useOnline";

import classes from "./Outbox.module.css";

/** What this device has not sent yet, and why. */
export function OutboxPage() {
  const { t } = useLingui();
  const me = useMe();
  const online = useOnline();
  const unsent = useQuery(outboxQuery(me.id));
  const send = useMutation({ mutationFn: () => sendAll(me.id) });
  const items = unsent.data ?? [];
  return (
    <>
      <PageHeader
        title={t`Outbox`}
        note={
          items.length > 0 ? (
            <Plural
              value={items.length}
              one="# achievement has something unsent"
              other="# achievements have something unsent"
            />
          ) : undefined
        }
      >
        {items.length > 0 && (
          <Button
            leftSection={<IconCloudUp size={18} />}
            disabled={!online}
            loading={send.isPending}
            onClick={() => send.mutate()}
          >
            <Trans>Send now</Trans>
          </Button>
        )}
      </PageHeader>
      {!online && (
        <Alert variant="light" color="gray" icon={<IconWifiOff size={20} />} mb="md" role="status">
          <Trans>
            You are offline. What you add is safe on this device and is sent when the connection is back.
          </Trans>
        </Alert>
      )}
      {unsent.isPending && <ListSkeleton rows={3} height={84} />}
      {unsent.isLoadingError && <ErrorState error={unsent.error} retry={() => unsent.refetch()} />}
      {unsent.data && items.length === 0 && (
        <EmptyState icon={<IconCloudCheck size={30} />} title={t`Everything has been sent`}>
          <Trans>Drafts and files that could not be sent yet wait here.</Trans>
        </EmptyState>
      )}
      {items.length > 0 && (
        <Paper className={classes.list}>
          {items.map((item) => (
            <OutboxRow key={item.id} item={item} online={online} />
          ))}
        </Paper>
      )}
    </>
  );
}
