import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Badge, Box, Button, Group, Paper, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconClockOff, IconEye, IconLink, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";

import type { NewShare, Share } from "~/api/schema";
import { PortfolioHeader } from "~/features/portfolio/PortfolioHeader";
import { MadeDialog } from "~/features/shares/MadeDialog";
import { ShareDialog } from "~/features/shares/ShareDialog";
import { sharesQuery, useStopShare } from "~/features/shares/api";
import { formatAgo, formatDay } from "~/i18n/format";
import { AskDialog } from "~/ui/AskDialog";
import { scriptOf } from "~/ui/Person";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

import classes from "./shares.module.css";

type Open = { what: "new" } | { what: "made"; share: NewShare } | { what: "change" | "stop"; share: Share };

/** Links under which one shows achievements: each with its end, its choice, and how often it was opened. */
export function SharesPage() {
  const { t } = useLingui();
  const shares = useQuery(sharesQuery);
  const [opened, setOpened] = useState<Open | null>(null);
  const close = () => setOpened(null);
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setOpened({ what: "new" })}>
      <Trans>New link</Trans>
    </Button>
  );
  return (
    <>
      <PortfolioHeader
        title={t`Shared links`}
        note={
          <Trans>
            Show what is approved to somebody of your choice, for as long as you choose. No account needed.
          </Trans>
        }
      >
        {shares.data && shares.data.length > 0 && add}
      </PortfolioHeader>
      {shares.isPending && <ListSkeleton rows={3} height={84} />}
      {shares.isLoadingError && <ErrorState error={shares.error} retry={() => shares.refetch()} />}
      {shares.data?.length === 0 && (
        <EmptyState icon={<IconLink size={30} />} title={t`No links yet`} action={add}>
          <Trans>
            Make one for a job application, a scholarship, or your guide. You can stop it any time.
          </Trans>
        </EmptyState>
      )}
      {shares.data && shares.data.length > 0 && (
        <ul className={classes.list}>
          {shares.data.map((share) => (
            <ShareRow key={share.id} share={share} act={(what) => setOpened({ what, share })} />
          ))}
        </ul>
      )}
      {opened?.what === "new" && (
        <ShareDialog close={close} made={(share) => setOpened({ what: "made", share })} />
      )}
      {opened?.what === "change" && <ShareDialog share={opened.share} close={close} />}
      {opened?.what === "made" && <MadeDialog share={opened.share} close={close} />}
      {opened?.what === "stop" && <StopDialog share={opened.share} close={close} />}
    </>
  );
}

function ShareRow({ share, act }: { share: Share; act: (what: "change" | "stop") => void }) {
  const { t } = useLingui();
  const { name, open, achievements, evidence, expires_at, opens, last_opened } = share;
  return (
    <Paper component="li" className={classes.row}>
      <Box flex={1} miw={0}>
        <Group gap={8}>
          <Title order={2} size="h4" lang={scriptOf(name)}>
            {name}
          </Title>
          {!open && (
            <Badge color="gray" variant="light" tt="none" leftSection={<IconClockOff size={13} />}>
              <Trans>Expired</Trans>
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {achievements ? (
            <Plural value={achievements.length} one="# achievement" other="# achievements" />
          ) : (
            <Trans>All that is approved</Trans>
          )}
          {" · "}
          {evidence ? <Trans>with the files</Trans> : <Trans>without the files</Trans>}
          {" · "}
          {open ? <Trans>until {formatDay(expires_at)}</Trans> : <Trans>ended {formatDay(expires_at)}</Trans>}
        </Text>
        <Group gap={6} mt={4} wrap="nowrap">
          <IconEye size={16} aria-hidden />
          <Text size="sm" className="tabular">
            {opens === 0 ? (
              <Trans>Not opened yet</Trans>
            ) : (
              <Plural value={opens} one="Opened once" other="Opened # times" />
            )}
            {last_opened && (
              <Text span c="dimmed">
                {" · "}
                <Trans>last {formatAgo(last_opened)}</Trans>
              </Text>
            )}
          </Text>
        </Group>
      </Box>
      <Group gap={4} wrap="nowrap">
        <ActionIcon aria-label={t`Change ${name}`} onClick={() => act("change")}>
          <IconPencil size={18} />
        </ActionIcon>
        <ActionIcon aria-label={t`Stop ${name}`} onClick={() => act("stop")}>
          <IconTrash size={18} />
        </ActionIcon>
      </Group>
    </Paper>
  );
}

function StopDialog({ share: { id, name }, close }: { share: Share; close: () => void }) {
  const { t } = useLingui();
  const stop = useStopShare();
  return (
    <AskDialog
      title={t`Stop ${name}?`}
      label={t`Stop the link`}
      danger
      busy={stop.isPending}
      error={stop.error}
      close={close}
      act={() =>
        stop.mutate(id, {
          onSuccess: () => {
            close();
            toastDone(t`Stopped: it opens nothing any more`);
          },
        })
      }
    >
      <Trans>Whoever has it sees nothing from now on. It cannot be brought back; you can make another.</Trans>
    </AskDialog>
  );
}
