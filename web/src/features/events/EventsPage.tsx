import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Box, Button, Paper, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendarEvent, IconPlus } from "@tabler/icons-react";

import type { Level } from "~/api/schema";
import { useEvents } from "~/features/events/api";
import { EventDialog } from "~/features/events/EventDialog";
import { formatDay } from "~/i18n/format";
import { LoadMore } from "~/ui/LoadMore";
import { PageHeader } from "~/ui/PageHeader";
import { scriptOf } from "~/ui/Person";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { LEVELS } from "~/ui/words";

/** What several achievements speak of, entered once. */
export function EventsPage() {
  const { _ } = useLingui();
  const { t } = useMacro();
  const events = useEvents();
  const [entering, { open, close }] = useDisclosure(false);
  const all = events.data?.pages.flatMap(({ results }) => results) ?? [];
  const enter = (
    <Button leftSection={<IconPlus size={18} />} onClick={open}>
      <Trans>Enter an event</Trans>
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t`Events`}
        note={<Trans>Students choose them when they add an achievement, so that all say the same.</Trans>}
      >
        {all.length > 0 && enter}
      </PageHeader>
      {events.isPending && <ListSkeleton rows={4} height={72} />}
      {events.isLoadingError && <ErrorState error={events.error} retry={() => events.refetch()} />}
      {events.data && all.length === 0 && (
        <EmptyState icon={<IconCalendarEvent size={30} />} title={t`No events yet`} action={enter}>
          <Trans>Enter the fests, contests and camps that many take part in.</Trans>
        </EmptyState>
      )}
      <Box maw={760}>
        {all.map(({ id, name, organiser, level, started_on, ended_on }) => (
          <Paper key={id} component="article" withBorder radius="lg" p="md" mb="sm">
            <Title order={2} size="h4" lang={scriptOf(name)}>
              {name}
            </Title>
            <Text size="sm" c="dimmed">
              {[
                organiser,
                level && _(LEVELS[level as Level]),
                started_on !== ended_on && formatDay(started_on),
                formatDay(ended_on),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </Paper>
        ))}
        <LoadMore of={events} />
      </Box>
      {entering && <EventDialog close={close} />}
    </>
  );
}
