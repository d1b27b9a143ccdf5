import { Trans, useLingui } from "@lingui/react/macro";
import { Chip, Group, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { useMe } from "~/api/me";
import { collegeQuery } from "~/features/auth/api";
import type { ReviewStats } from "~/api/schema";
import { useQueueFilter } from "~/features/review/filter";

import classes from "./QueuePage.module.css";

/** Categories with their counts, departments for who sees several, and a search. */
export function QueueFilters({ byCategory }: { byCategory: ReviewStats["by_category"] }) {
  const { t } = useLingui();
  const me = useMe();
  const { filter, choose } = useQueueFilter();
  const [text, setText] = useState(filter.q ?? "");
  const collegeWide = me.grants.some(({ scope }) => scope.kind === "college");
  const departments =
    useQuery({ ...collegeQuery(me.college.slug), enabled: collegeWide }).data?.departments ?? [];
  return (
    <Group mb="md" gap="sm" justify="space-between">
      <div className={classes.chips}>
        <Chip checked={!filter.category} onChange={() => choose("category", "")} size="sm">
          <Trans>All</Trans>
        </Chip>
        {byCategory.map(({ code, name, count }) => (
          <Chip
            key={code}
            size="sm"
            checked={filter.category === code}
            onChange={(on) => choose("category", on ? code : "")}
          >
            {name} <span className="tabular">({count})</span>
          </Chip>
        ))}
      </div>
      <Group gap="sm" flex="1 1 260px" justify="flex-end">
        {departments.length > 1 && (
          <NativeSelect
            flex={{ base: "1 1 160px", sm: "0 1 240px" }}
            aria-label={t`Department`}
            value={filter.department ?? ""}
            onChange={(event) => choose("department", event.currentTarget.value)}
            data={[
              { value: "", label: t`All departments` },
              ...departments.map(({ code, name }) => ({ value: code, label: name })),
            ]}
          />
        )}
        <TextInput
          aria-label={t`Search by name, roll number or title`}
          placeholder={t`Name, roll number or title`}
          leftSection={<IconSearch size={17} />}
          maw={{ sm: 280 }}
          flex="1 1 200px"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            choose("q", event.currentTarget.value.trim());
          }}
        />
      </Group>
    </Group>
  );
}
