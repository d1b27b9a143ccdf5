import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { Chip, Group, Paper, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHistory, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import type { Status } from "~/api/schema";
import { useAchievements } from "~/features/achievements/api";
import { DecidedRow } from "~/features/review/DecidedRow";
import { LoadMore } from "~/ui/LoadMore";
import { PageHeader } from "~/ui/PageHeader";
import { STATUS_LOOKS } from "~/ui/StatusBadge";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./QueuePage.module.css";

const SHOWN: Status[] = ["approved", "changes_requested", "rejected", "revoked"];

/** What has been decided in the reviewer's scope; the item's page offers undo and revoke to those who may. */
export function DecidedPage() {
  const { _ } = useLingui();
  const { t } = useMacro();
  const [search, setSearch] = useSearchParams();
  const status = SHOWN.find((known) => known === search.get("status")) ?? "approved";
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 300);
  const list = useAchievements({ status, q: q || undefined }, 50);
  const items = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <PageHeader title={t`Decided`} />
      <Group mb="md" justify="space-between" gap="sm">
        <div className={classes.chips}>
          {SHOWN.map((known) => (
            <Chip
              key={known}
              size="sm"
              checked={status === known}
              onChange={() => setSearch({ status: known }, { replace: true })}
            >
              {_(STATUS_LOOKS[known].word)}
            </Chip>
          ))}
        </div>
        <TextInput
          aria-label={t`Search by name, roll number or title`}
          placeholder={t`Name, roll number or title`}
          leftSection={<IconSearch size={17} />}
          flex="1 1 220px"
          maw={{ sm: 280 }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Group>
      {list.isPending && <ListSkeleton rows={7} height={68} />}
      {list.isLoadingError && <ErrorState error={list.error} retry={() => list.refetch()} />}
      {list.data && items.length === 0 && (
        <EmptyState icon={<IconHistory size={30} />} title={t`Nothing here`} />
      )}
      {items.length > 0 && (
        <Paper className={classes.list}>
          {items.map((item) => (
            <DecidedRow key={item.id} item={item} />
          ))}
        </Paper>
      )}
      <LoadMore of={list} />
    </>
  );
}
