import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Box, Button, Group, Paper, Text } from "@mantine/core";
import { IconCheck, IconMailQuestion, IconTrash } from "@tabler/icons-react";

import type { PendingInvitation } from "~/api/schema";
import { useInvitations, useWithdrawInvitation } from "~/features/people/api";
import { formatDay } from "~/i18n/format";
import { LoadMore } from "~/ui/LoadMore";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { toastFailed } from "~/ui/toasts";
import { ROLES } from "~/ui/words";

import classes from "./people.module.css";

/** Whom the college has invited. */
export function InvitationList() {
  const { t } = useMacro();
  const list = useInvitations();
  const invitations = list.data?.pages.flatMap((page) => page.results) ?? [];
  if (list.isPending) return <ListSkeleton rows={3} />;
  if (list.isLoadingError) return <ErrorState error={list.error} retry={() => list.refetch()} />;
  if (invitations.length === 0) {
    return (
      <EmptyState icon={<IconMailQuestion size={30} />} title={t`No invitations`}>
        <Trans>Faculty and other staff join by invitation only.</Trans>
      </EmptyState>
    );
  }
  return (
    <>
      <Paper className={classes.list}>
        {invitations.map((invitation) => (
          <Row key={invitation.id} invitation={invitation} />
        ))}
      </Paper>
      <LoadMore of={list} />
    </>
  );
}

function Row({
  invitation: { id, email, roles, accepted_at, created_at, expires_at },
}: {
  invitation: PendingInvitation;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const withdraw = useWithdrawInvitation();
  return (
    <div className={classes.row}>
      <Box flex="1 1 260px" miw={0}>
        <Text size="sm" fw={600} truncate>
          {email}
        </Text>
        <Text size="xs" c="dimmed">
          <Trans>
            Sent {formatDay(created_at)} · valid until {formatDay(expires_at)}
          </Trans>
        </Text>
      </Box>
      <Group gap={6}>
        {roles.map((role) => (
          <Badge key={role} variant="light" tt="none" radius="sm">
            {_(ROLES[role])}
          </Badge>
        ))}
        {accepted_at ? (
          <Badge variant="light" color="green" tt="none" radius="sm" leftSection={<IconCheck size={13} />}>
            <Trans>Accepted</Trans>
          </Badge>
        ) : (
          <Button
            variant="subtle"
            color="red"
            size="compact-md"
            leftSection={<IconTrash size={16} />}
            aria-label={t`Withdraw the invitation of ${email}`}
            loading={withdraw.isPending}
            onClick={() => withdraw.mutateAsync(id).catch(toastFailed)}
          >
            <Trans>Withdraw</Trans>
          </Button>
        )}
      </Group>
    </div>
  );
}
