import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Box, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconDeviceDesktop, IconLogout, IconTerminal2 } from "@tabler/icons-react";

import type { Method, Session } from "~/api/schema";
import { sessionsQuery, useEndSession } from "~/features/security/api";
import { formatAgo, formatTime } from "~/i18n/format";
import { AskDialog } from "~/ui/AskDialog";
import { Card } from "~/ui/Card";
import { ErrorState, ListSkeleton } from "~/ui/states";
import { toastDone, toastFailed } from "~/ui/toasts";

import classes from "./security.module.css";

const METHODS: Record<Method, MessageDescriptor> = {
  password: msg`Password`,
  totp: msg`Authenticator app`,
  recovery_code: msg`Recovery code`,
  passkey: msg`Passkey`,
  oidc: msg`The college's log-in`,
};

/** Where the person is signed in; any of it can be ended from here. */
export function SessionsCard() {
  const { t } = useMacro();
  const sessions = useQuery(sessionsQuery);
  const end = useEndSession();
  const [asking, { open, close }] = useDisclosure(false);
  const others = sessions.data?.filter(({ current }) => !current) ?? [];
  return (
    <Card
      title={t`Where you are signed in`}
      note={<Trans>Something you do not know? End it, and choose a new password.</Trans>}
      side={
        others.length > 1 && (
          <Button variant="default" leftSection={<IconLogout size={18} />} onClick={open}>
            <Trans>End all others</Trans>
          </Button>
        )
      }
    >
      {sessions.isPending && <ListSkeleton rows={2} height={60} />}
      {sessions.isLoadingError && <ErrorState error={sessions.error} retry={() => sessions.refetch()} />}
      {sessions.data && (
        <ul className={classes.rows}>
          {sessions.data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
      {asking && (
        <AskDialog
          title={t`End all other sessions?`}
          label={t`End all others`}
          busy={end.isPending}
          error={end.error}
          close={close}
          act={() =>
            end.mutate(null, {
              onSuccess: () => {
                close();
                toastDone(t`You are signed in here only`);
              },
            })
          }
        >
          <Trans>
            You stay signed in here. Everywhere else the next click asks for the log-in; drafts that a device
            has not sent stay on it.
          </Trans>
        </AskDialog>
      )}
    </Card>
  );
}

function SessionRow({
  session: { id, device, current, web, methods, logged_in_at, last_used_at },
}: {
  session: Session;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const end = useEndSession();
  const name = device || t`A program`;
  const Icon = web ? IconDeviceDesktop : IconTerminal2;
  return (
    <li className={classes.row}>
      <Icon size={24} stroke={1.5} aria-hidden />
      <Box flex={1} miw={0}>
        <Group gap={8}>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          {current && (
            <Badge color="green" variant="light" tt="none" size="sm">
              <Trans>This one</Trans>
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {current ? <Trans>In use now</Trans> : <Trans>Last used {formatAgo(last_used_at)}</Trans>}
          {" · "}
          <Trans>Signed in {formatTime(logged_in_at)}</Trans>
          {methods.length > 0 && ` · ${methods.map((method) => _(METHODS[method])).join(" + ")}`}
        </Text>
      </Box>
      {!current && (
        <Button
          variant="default"
          aria-label={t`End the session: ${name}`}
          loading={end.isPending}
          onClick={() => end.mutate(id, { onSuccess: () => toastDone(t`Ended`), onError: toastFailed })}
        >
          <Trans>End</Trans>
        </Button>
      )}
    </li>
  );
}
