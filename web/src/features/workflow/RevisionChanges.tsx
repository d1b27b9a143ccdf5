import { Plural, Trans } from "@lingui/react/macro";
import { Paper, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { Achievement } from "~/api/schema";
import { Differences } from "~/features/workflow/Differences";
import { diffQuery } from "~/features/workflow/api";

import classes from "./workflow.module.css";

/** What is new in this revision: beside what is live, else since the last one. Nothing for the first. */
export function RevisionChanges({ item: { id, revision, live_revision } }: { item: Achievement }) {
  const from = live_revision && live_revision < revision ? live_revision : revision - 1;
  const diff = useQuery({ ...diffQuery(id, from, revision), enabled: from >= 1 });
  if (!diff.data) return null;
  const { fields, evidence } = diff.data;
  const files = evidence.added.length + evidence.removed.length;
  return (
    <Paper component="section" className={classes.card}>
      <Title order={2} mb="sm">
        <Trans>What has changed since version {from}</Trans>
      </Title>
      {fields.length === 0 && files === 0 && (
        <Text size="sm" c="dimmed">
          <Trans>Nothing: it says the same as before.</Trans>
        </Text>
      )}
      <Differences changes={fields.map(({ field, ...change }) => [field, change])} />
      {evidence.added.length > 0 && (
        <Text size="sm" mt="sm">
          <Plural value={evidence.added.length} one="# file added:" other="# files added:" />{" "}
          {evidence.added.map(({ caption, name }) => caption || name).join(", ")}
        </Text>
      )}
      {evidence.removed.length > 0 && (
        <Text size="sm" mt="sm">
          <Plural value={evidence.removed.length} one="# file removed:" other="# files removed:" />{" "}
          {evidence.removed.map(({ caption, name }) => caption || name).join(", ")}
        </Text>
      )}
    </Paper>
  );
}
