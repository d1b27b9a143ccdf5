import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Paper, Text } from "@mantine/core";
import { IconBulb, IconCheck, IconUserCheck } from "@tabler/icons-react";

import type { Member } from "~/api/schema";
import { useConfirmMember, useMembers } from "~/features/people/api";
import { formatAgo } from "~/i18n/format";
import { LoadMore } from "~/ui/LoadMore";
import { Person } from "~/ui/Person";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { toastDone, toastFailed } from "~/ui/toasts";

import classes from "./people.module.css";

/** Registrations that matched no roster row: somebody who knows has to say so. */
export function ToConfirm() {
  const { t } = useLingui();
  const list = useMembers({ state: "unconfirmed" });
  const members = list.data?.pages.flatMap((page) => page.results) ?? [];
  if (list.isPending) return <ListSkeleton rows={4} />;
  if (list.isLoadingError) return <ErrorState error={list.error} retry={() => list.refetch()} />;
  if (members.length === 0) {
    return (
      <EmptyState icon={<IconUserCheck size={30} />} title={t`Nobody waits`}>
        <Trans>
          Registrations that match the roster are confirmed by themselves; the others appear here.
        </Trans>
      </EmptyState>
    );
  }
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        <Trans>The college signs these names. Confirm only whom you have found on its records.</Trans>
      </Text>
      <Paper className={classes.list}>
        {members.map((member) => (
          <Row key={member.id} member={member} />
        ))}
      </Paper>
      <LoadMore of={list} />
    </>
  );
}

function Row({ member }: { member: Member }) {
  const { t } = useLingui();
  const confirm = useConfirmMember();
  return (
    <div className={classes.row}>
      <Box flex="1 1 300px" miw={0}>
        <Person
          name={member.full_name}
          native={member.full_name_native}
          note={[
            member.roll_number,
            member.programme,
            member.batch,
            member.email,
            formatAgo(member.created_at),
          ]
            .filter(Boolean)
            .join(" · ")}
        />
        {member.roster_hint && (
          <Text size="xs" mt={6} ml={48} className={classes.hint} c="var(--mantine-color-orange-light-color)">
            <IconBulb size={15} aria-hidden />
            {member.roster_hint}
          </Text>
        )}
      </Box>
      <Button
        variant="light"
        leftSection={<IconCheck size={18} />}
        loading={confirm.isPending}
        aria-label={t`Confirm ${member.full_name}`}
        onClick={() =>
          confirm.mutateAsync(member).then(() => toastDone(t`Confirmed: ${member.full_name}`), toastFailed)
        }
      >
        <Trans>Confirm</Trans>
      </Button>
    </div>
  );
}
