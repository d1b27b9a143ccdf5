import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Button, Checkbox, Group, Paper, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconConfetti, IconFilterOff, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";

import { useMay } from "~/api/me";
import { statsQuery, useQueue } from "~/features/review/api";
import type { AchievementSummary } from "~/api/schema";
import { BulkBar } from "~/features/review/BulkBar";
import { BulkDialog } from "~/features/review/BulkDialog";
import { useQueueFilter } from "~/features/review/filter";
import { QueueFilters } from "~/features/review/QueueFilters";
import { QueueRow } from "~/features/review/QueueRow";
import { formatAgo } from "~/i18n/format";
import { LoadMore } from "~/ui/LoadMore";
import { PageHeader } from "~/ui/PageHeader";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./QueuePage.module.css";

/** What waits for this reviewer, oldest first. */
export function QueuePage() {
  const { t } = useLingui();
  const may = useMay();
  const { filter, search, clear } = useQueueFilter();
  const stats = useQuery(statsQuery).data;
  // The address follows every key, the hub is asked when the typing rests: a navigation that waits for a timer could
  // come after a press on an item, and undo it.
  const [q] = useDebouncedValue(filter.q, 300);
  const queue = useQueue({ ...filter, q });
  const items = queue.data?.pages.flatMap((page) => page.results) ?? [];
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  // What the dialog speaks of stays, although the queue moves on under it.
  const [approving, setApproving] = useState<AchievementSummary[] | null>(null);
  // What left the queue meanwhile is no longer picked.
  const chosen = items.filter(({ id }) => picked.has(id));
  const filtered = Boolean(filter.category || filter.department || filter.q);
  const first = items[0];

  function toggle(id: string) {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  }

  return (
    <>
      <PageHeader
        title={t`Waiting for review`}
        note={
          stats && (
            <span className="tabular">
              {stats.waiting >= 100 ? (
                <Trans>100 or more waiting</Trans>
              ) : (
                <Plural value={stats.waiting} one="# waiting" other="# waiting" />
              )}
              {stats.oldest_submitted_at && (
                <>
                  {" · "}
                  <Trans>oldest {formatAgo(stats.oldest_submitted_at)}</Trans>
                </>
              )}
              {" · "}
              <Plural value={stats.decided_today} one="# decided today" other="# decided today" />
            </span>
          )
        }
      >
        {first && (
          <Button
            component={Link}
            to={`/review/${first.id}${search}`}
            leftSection={<IconPlayerPlay size={18} />}
          >
            <Trans>Start reviewing</Trans>
          </Button>
        )}
      </PageHeader>
      <QueueFilters byCategory={stats?.by_category ?? []} />
      {queue.isPending && <ListSkeleton rows={7} height={68} />}
      {queue.isLoadingError && <ErrorState error={queue.error} retry={() => queue.refetch()} />}
      {queue.data && items.length === 0 && (
        <EmptyState
          icon={filtered ? <IconFilterOff size={30} /> : <IconConfetti size={30} />}
          title={filtered ? t`Nothing matches these filters` : t`All done`}
          action={
            filtered && (
              <Button variant="light" onClick={clear}>
                <Trans>Clear the filters</Trans>
              </Button>
            )
          }
        >
          {!filtered && <Trans>Nothing waits for you. New submissions appear here.</Trans>}
        </EmptyState>
      )}
      {items.length > 0 && (
        <Paper className={classes.list}>
          {may("review:bulk") && (
            <Group className={classes.head}>
              <Checkbox
                label={
                  <Text size="sm">
                    {chosen.length > 0 ? (
                      <Plural value={chosen.length} one="# chosen" other="# chosen" />
                    ) : (
                      <Trans>Choose all</Trans>
                    )}
                  </Text>
                }
                checked={chosen.length === items.length}
                indeterminate={chosen.length > 0 && chosen.length < items.length}
                onChange={() =>
                  setPicked(
                    chosen.length === items.length
                      ? new Set()
                      : new Set(items.slice(0, 100).map(({ id }) => id)),
                  )
                }
              />
            </Group>
          )}
          {items.map((item) => (
            <QueueRow
              key={item.id}
              item={item}
              to={`/review/${item.id}${search}`}
              picked={may("review:bulk") ? picked.has(item.id) : undefined}
              toggle={() => toggle(item.id)}
            />
          ))}
        </Paper>
      )}
      <LoadMore of={queue} />
      {chosen.length > 0 && (
        <BulkBar
          count={chosen.length}
          approve={() => setApproving(chosen)}
          clear={() => setPicked(new Set())}
        />
      )}
      {approving && (
        <BulkDialog
          items={approving}
          close={() => setApproving(null)}
          done={() => {
            setApproving(null);
            setPicked(new Set());
          }}
        />
      )}
    </>
  );
}
