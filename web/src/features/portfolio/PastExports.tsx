import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import {
  ActionIcon,
  Anchor,
  Badge,
  Box,
  CopyButton,
  Group,
  Paper,
  Progress,
  Text,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCheck, IconCopy, IconDownload, IconRefreshAlert } from "@tabler/icons-react";

import type { Export, ExportReason } from "~/api/schema";
import { exportsQuery, useDownloadExport } from "~/features/portfolio/api";
import { formatSize, formatTime } from "~/i18n/format";
import { isLanguage, LANGUAGES } from "~/i18n/i18n";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./PortfolioPage.module.css";

const REASONS: Record<ExportReason, MessageDescriptor> = {
  record_changed: msg`Your record changed while it was being made. Make it again.`,
  not_laid_out: msg`It could not be laid out. Nothing of yours is lost; tell your college.`,
  too_slow: msg`It took too long. Leave some achievements out, or make a small file.`,
  busy: msg`The hub was too busy. Make it again in a while.`,
  internal: msg`Something went wrong on our side. Make it again in a while.`,
};

/** The PDFs made so far, each with its public address. */
export function PastExports() {
  const exports = useQuery(exportsQuery);
  if (exports.isPending) return <ListSkeleton rows={2} height={56} />;
  if (exports.isLoadingError) return <ErrorState error={exports.error} retry={() => exports.refetch()} />;
  if (exports.data.length === 0) return null;
  return (
    <Paper className={classes.card}>
      <Title order={2} mb="xs">
        <Trans>Made so far</Trans>
      </Title>
      {exports.data.map((made) => (
        <PastExport key={made.id} made={made} />
      ))}
    </Paper>
  );
}

function PastExport({ made }: { made: Export }) {
  const { t, i18n } = useLingui();
  const download = useDownloadExport();
  return (
    <Box className={classes.past}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Box miw={0}>
          <Text size="sm" fw={600}>
            {formatTime(made.created_at)}
          </Text>
          <Text size="xs" c="dimmed">
            <Plural value={made.achievements} one="# achievement" other="# achievements" />
            {isLanguage(made.locale) && ` · ${LANGUAGES[made.locale]}`}
            {made.size !== null && ` · ${formatSize(made.size)}`}
            {made.small && (
              <>
                {" · "}
                <Trans>small file</Trans>
              </>
            )}
          </Text>
        </Box>
        {made.state === "failed" && (
          <Badge color="red" variant="light" tt="none">
            <Trans>Failed</Trans>
          </Badge>
        )}
        {made.state === "done" && (
          <Group gap={0} wrap="nowrap">
            <CopyButton value={made.url}>
              {({ copied, copy }) => (
                <ActionIcon aria-label={copied ? t`Copied` : t`Copy the public address`} onClick={copy}>
                  {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                </ActionIcon>
              )}
            </CopyButton>
            <ActionIcon
              aria-label={t`Download`}
              loading={download.isPending}
              onClick={() => download.mutate(made)}
            >
              <IconDownload size={18} />
            </ActionIcon>
          </Group>
        )}
      </Group>
      {made.state === "running" && (
        <Box mt={6}>
          <Progress value={Math.max(made.progress, 4)} animated aria-label={t`Being made`} />
          <Text size="xs" c="dimmed" mt={4} aria-live="polite">
            <Trans>Being made: {made.progress} %. You can leave this page.</Trans>
          </Text>
        </Box>
      )}
      {made.state === "failed" && made.reason && (
        <Text size="xs" c="dimmed" mt={4}>
          {i18n._(REASONS[made.reason])}
        </Text>
      )}
      {made.state === "done" && (
        <Anchor href={made.url} target="_blank" size="xs" truncate display="block">
          {made.url.replace(/^https?:\/\//, "")}
        </Anchor>
      )}
      {made.stamped_at && (
        <Text size="xs" c="dimmed" mt={2}>
          <Trans>Seen by a time-stamping authority on {formatTime(made.stamped_at)}</Trans>
        </Text>
      )}
      {made.out_of_date && (
        <Badge mt={6} color="orange" variant="light" tt="none" leftSection={<IconRefreshAlert size={14} />}>
          <Trans>Out of date: make a fresh one</Trans>
        </Badge>
      )}
    </Box>
  );
}
