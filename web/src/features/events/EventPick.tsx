import { useLingui } from "@lingui/react/macro";
import { Select } from "@mantine/core";

import type { SharedEvent } from "~/api/schema";
import { useEvents } from "~/features/events/api";
import { formatDay } from "~/i18n/format";

/** Chooses one of the college's events; nothing where it has entered none. */
export function EventPick({
  label,
  description,
  value,
  pick,
}: {
  label: string;
  description?: string;
  value: string | null;
  pick: (event: SharedEvent | null) => void;
}) {
  const { t } = useLingui();
  const events = useEvents().data?.pages.flatMap(({ results }) => results) ?? [];
  if (events.length === 0) return null;
  return (
    <Select
      label={label}
      description={description}
      placeholder={t`Choose…`}
      nothingFoundMessage={t`Nothing found`}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t`Clear` }}
      value={value}
      onChange={(id) => pick(events.find((event) => event.id === id) ?? null)}
      data={events.map(({ id, name, ended_on }) => ({
        value: id,
        label: [name, formatDay(ended_on)].filter(Boolean).join(" · "),
      }))}
    />
  );
}
