import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Button, Group, NativeSelect, Paper, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch, IconTrophy } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import { useCategories } from "~/api/me";
import type { Status } from "~/api/schema";
import { AchievementRow } from "~/features/achievements/AchievementRow";
import { useAchievements } from "~/features/achievements/api";
import { LoadMore } from "~/ui/LoadMore";
import { PageHeader } from "~/ui/PageHeader";
import { STATUS_LOOKS } from "~/ui/StatusBadge";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

const FILTERED: Status[] = [
  "draft",
  "submitted",
  "changes_requested",
  "correction_proposed",
  "approved",
  "rejected",
  "revoked",
];

/** All of one's achievements, with filters that live in the address. */
export function ListPage() {
  const { _ } = useLingui();
  const { t } = useMacro();
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 300);
  const categories = useCategories();
  const status = FILTERED.find((known) => known === search.get("status"));
  const category = search.get("category") ?? undefined;
  const list = useAchievements({ status, category, q: q || undefined });
  const items = list.data?.pages.flatMap((page) => page.results) ?? [];
  const filtered = Boolean(status || category || q);

  function choose(name: string, value: string) {
    setSearch((old) => {
      if (value) old.set(name, value);
      else old.delete(name);
      return old;
    });
  }

  return (
    <>
      <PageHeader title={t`My achievements`}>
        <Button component={Link} to="/achievements/new" leftSection={<IconPlus size={18} />}>
          <Trans>Add achievement</Trans>
        </Button>
      </PageHeader>
      <Group mb="md" gap="sm" align="flex-end">
        <TextInput
          aria-label={t`Search`}
          placeholder={t`Search`}
          leftSection={<IconSearch size={17} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          flex="1 1 220px"
        />
        <NativeSelect
          aria-label={t`State`}
          flex="0 1 190px"
          value={status ?? ""}
          onChange={(event) => choose("status", event.currentTarget.value)}
          data={[
            { value: "", label: t`All states` },
            ...FILTERED.map((known) => ({ value: known, label: _(STATUS_LOOKS[known].word) })),
          ]}
        />
        <NativeSelect
          aria-label={t`Category`}
          flex="0 1 190px"
          value={category ?? ""}
          onChange={(event) => choose("category", event.currentTarget.value)}
          data={[
            { value: "", label: t`All categories` },
            ...(categories.data ?? []).map(({ code, name }) => ({ value: code, label: name })),
          ]}
        />
      </Group>
      {list.isPending && <ListSkeleton rows={6} height={72} />}
      {list.isLoadingError && <ErrorState error={list.error} retry={() => list.refetch()} />}
      {list.data && items.length === 0 && (
        <EmptyState
          icon={<IconTrophy size={30} />}
          title={filtered ? t`Nothing matches these filters` : t`No achievements yet`}
          action={
            filtered ? (
              <Button
                variant="light"
                onClick={() => {
                  setText("");
                  setSearch({});
                }}
              >
                <Trans>Clear the filters</Trans>
              </Button>
            ) : undefined
          }
        />
      )}
      {items.length > 0 && (
        <Paper
          withBorder
          radius="lg"
          style={{ overflow: "hidden", borderColor: "var(--hub-line)" }}
          bg="var(--hub-card)"
        >
          {items.map((item) => (
            <AchievementRow key={item.id} item={item} />
          ))}
        </Paper>
      )}
      <LoadMore of={list} />
    </>
  );
}
