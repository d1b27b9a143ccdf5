import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import {
  ActionIcon,
  Badge,
  Box,
  Button,
  Group,
  NativeSelect,
  Progress,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconCopy, IconFile, IconRefresh, IconTrash, IconX } from "@tabler/icons-react";

import { call } from "~/api/client";
import type { Achievement, Evidence, EvidenceKind, EvidencePatch } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";
import type { useUploads } from "~/features/achievements/uploads";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { formatSize } from "~/i18n/format";
import { problemText } from "~/ui/problemText";
import { toastFailed } from "~/ui/toasts";
import { EVIDENCE_KINDS } from "~/ui/words";

import classes from "./EvidenceTray.module.css";

/** Files on their way up, each with its own progress and another try. */
export function UploadTray({
  uploads: { tray, retry, remove },
  waiting,
}: {
  uploads: ReturnType<typeof useUploads>;
  waiting: boolean;
}) {
  const { t } = useMacro();
  return tray.map(({ key, name, bytes, done, error }) => (
    <Group key={key} className={classes.row} wrap="nowrap">
      <IconFile size={24} stroke={1.5} aria-hidden />
      <Box flex={1} miw={0}>
        <Text size="sm" fw={600} truncate>
          {name}
        </Text>
        {error ? (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {problemText(error)}
          </Text>
        ) : (
          <>
            <Text size="xs" c="dimmed">
              {formatSize(bytes.size)}
              {waiting && <> · {t`waiting`}</>}
            </Text>
            {!waiting && (
              <Progress value={Math.max(done * 100, 3)} size="sm" mt={4} aria-label={t`Upload of ${name}`} />
            )}
          </>
        )}
      </Box>
      {Boolean(error) && (
        <Button
          variant="light"
          size="compact-sm"
          leftSection={<IconRefresh size={16} />}
          onClick={() => void retry(key)}
        >
          <Trans>Try again</Trans>
        </Button>
      )}
      <ActionIcon aria-label={t`Remove ${name}`} onClick={() => remove(key)}>
        <IconX size={18} />
      </ActionIcon>
    </Group>
  ));
}

/** Evidence the hub has: caption to write, file to remove. */
export function KeptEvidence({ achievement }: { achievement: Achievement }) {
  return achievement.evidence.map((piece) => (
    <KeptRow key={piece.id} achievement={achievement} piece={piece} />
  ));
}

function KeptRow({ achievement: { id }, piece }: { achievement: Achievement; piece: Evidence }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const queries = useQueryClient();
  const settle = {
    onSettled: () => queries.invalidateQueries({ queryKey: achievementQuery(id).queryKey }),
    onError: toastFailed,
  };
  const path = `/api/achievements/${id}/evidence/${piece.id}/`;
  const remove = useMutation({ mutationFn: () => call(path, { method: "DELETE" }), ...settle });
  const change = useMutation({
    mutationFn: (body: EvidencePatch) => call(path, { method: "PATCH", body }),
    ...settle,
  });
  return (
    <Group className={classes.row} wrap="nowrap">
      <EvidenceThumb path={piece.thumb_url} size={52} pdf={piece.media_type === "application/pdf"} />
      <Box flex={1} miw={0}>
        <Text size="xs" c="dimmed" truncate>
          {piece.name} · {formatSize(piece.size)}
        </Text>
        <TextInput
          size="xs"
          aria-label={t`Caption of ${piece.name}`}
          placeholder={t`Caption (optional), for example: Certificate`}
          defaultValue={piece.caption ?? ""}
          maxLength={200}
          onBlur={(event) => {
            const caption = event.currentTarget.value.trim();
            if (caption !== (piece.caption ?? "")) change.mutate({ caption: caption || null });
          }}
        />
        <NativeSelect
          size="xs"
          mt={6}
          aria-label={t`What ${piece.name} is`}
          value={piece.kind ?? ""}
          onChange={(event) =>
            change.mutate({ kind: (event.currentTarget.value || null) as EvidenceKind | null })
          }
          data={[
            { value: "", label: t`What is it? (optional)` },
            ...Object.entries(EVIDENCE_KINDS).map(([value, label]) => ({ value, label: _(label) })),
          ]}
        />
        {piece.duplicate && (
          <Badge mt={6} color="orange" variant="light" tt="none" leftSection={<IconCopy size={13} />}>
            <Trans>The same file is already used in another achievement</Trans>
          </Badge>
        )}
      </Box>
      <ActionIcon
        aria-label={t`Remove ${piece.name}`}
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        <IconTrash size={18} />
      </ActionIcon>
    </Group>
  );
}
