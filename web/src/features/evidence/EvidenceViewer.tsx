import { Trans, useLingui } from "@lingui/react/macro";
import {
  ActionIcon,
  Badge,
  Box,
  Button,
  Group,
  Loader,
  Paper,
  Text,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import {
  IconChevronDown,
  IconChevronLeft,
  IconChevronRight,
  IconChevronUp,
  IconCopy,
  IconExternalLink,
  IconPhotoOff,
  IconRotateClockwise,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { type ComponentProps, useState } from "react";

import { callBlob } from "~/api/client";
import type { Evidence } from "~/api/schema";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { useEvidencePage } from "~/features/evidence/useEvidenceUrl";
import { useView } from "~/features/evidence/useView";
import { formatSize } from "~/i18n/format";
import { EmptyState } from "~/ui/states";
import { toastFailed } from "~/ui/toasts";

import classes from "./EvidenceViewer.module.css";

/** Evidence, one piece large: zoom, rotate, drag, next; the others below. */
export function EvidenceViewer({ evidence }: { evidence: Evidence[] }) {
  const { t } = useLingui();
  const [at, setAt] = useState(0);
  const shown = evidence[Math.min(at, evidence.length - 1)];
  if (!shown) return <EmptyState icon={<IconPhotoOff size={28} />} title={t`No evidence yet`} />;
  return (
    <Paper withBorder radius="lg" className={classes.viewer}>
      <Stage key={shown.id} shown={shown} position={[at, evidence.length]} go={setAt} />
      {evidence.length > 1 && (
        <Group gap={8} p="sm" className={classes.strip}>
          {evidence.map((piece, index) => (
            <UnstyledButton
              key={piece.id}
              aria-label={t`Evidence ${index + 1}: ${piece.name}`}
              aria-current={index === at}
              className={classes.pick}
              onClick={() => setAt(index)}
            >
              <EvidenceThumb path={piece.thumb_url} size={48} pdf={piece.media_type === "application/pdf"} />
            </UnstyledButton>
          ))}
        </Group>
      )}
    </Paper>
  );
}

interface StageProps {
  shown: Evidence;
  position: [at: number, of: number];
  go: (at: number) => void;
}

function Stage({ shown, position: [at, of], go }: StageProps) {
  const { t } = useLingui();
  const [page, setPage] = useState(1);
  const pages = shown.pages ?? 1;
  const { url, failed, retry } = useEvidencePage(shown, page);
  const view = useView();
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs" className={classes.bar}>
        <Box miw={0}>
          <Text size="sm" fw={600} truncate>
            {shown.caption || shown.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {formatSize(shown.size)}
            {of > 1 && ` · ${at + 1}/${of}`}
          </Text>
        </Box>
        {pages > 1 && (
          <Group gap={0} wrap="nowrap" className={classes.pages} role="group" aria-label={t`Pages`}>
            <Tool label={t`Previous page`} onClick={() => setPage(page - 1)} disabled={page <= 1}>
              <IconChevronUp size={19} />
            </Tool>
            <Text size="sm" className="tabular" role="status">
              <Trans>
                Page {page} of {pages}
              </Trans>
            </Text>
            <Tool label={t`Next page`} onClick={() => setPage(page + 1)} disabled={page >= pages}>
              <IconChevronDown size={19} />
            </Tool>
          </Group>
        )}
        <Group gap={2} wrap="nowrap">
          <Tool label={t`Zoom out`} onClick={view.zoomOut} disabled={view.zoom <= 1}>
            <IconZoomOut size={19} />
          </Tool>
          <Tool label={t`Zoom in`} onClick={view.zoomIn} disabled={view.zoom >= 6}>
            <IconZoomIn size={19} />
          </Tool>
          <Tool label={t`Rotate`} onClick={view.rotate}>
            <IconRotateClockwise size={19} />
          </Tool>
          <Tool label={t`Open the original`} onClick={() => void openOriginal(shown)}>
            <IconExternalLink size={19} />
          </Tool>
        </Group>
      </Group>
      {shown.duplicate && (
        <Group px="sm" pb={6}>
          <Badge color="orange" variant="light" tt="none" leftSection={<IconCopy size={14} />}>
            <Trans>The same file is already used in another achievement</Trans>
          </Badge>
        </Group>
      )}
      <Box className={classes.stage} data-zoomed={view.zoom > 1 || undefined} {...view.handlers}>
        {url && (
          <img
            src={url}
            alt={
              pages > 1
                ? t`${shown.caption || shown.name}, page ${page}`
                : shown.caption || t`Evidence ${shown.name}`
            }
            draggable={false}
            className={classes.image}
            style={{ transform: view.transform, maxWidth: view.sideways ? "var(--stage-height)" : undefined }}
          />
        )}
        {!url && !failed && <Loader aria-label={t`Loading`} />}
        {failed && (
          <Button variant="light" onClick={retry}>
            <Trans>The picture did not come. Try again</Trans>
          </Button>
        )}
        {of > 1 && (
          <>
            <ActionIcon
              variant="default"
              radius="xl"
              className={classes.previous}
              aria-label={t`Previous evidence`}
              onClick={() => go((at + of - 1) % of)}
            >
              <IconChevronLeft size={20} />
            </ActionIcon>
            <ActionIcon
              variant="default"
              radius="xl"
              className={classes.next}
              aria-label={t`Next evidence`}
              onClick={() => go((at + 1) % of)}
            >
              <IconChevronRight size={20} />
            </ActionIcon>
          </>
        )}
      </Box>
    </>
  );
}

function Tool({ label, ...props }: { label: string } & ComponentProps<typeof ActionIcon<"button">>) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon aria-label={label} {...props} />
    </Tooltip>
  );
}

async function openOriginal({ content_url }: Evidence): Promise<void> {
  // Opened before the wait, or the browser takes it for a pop-up.
  const tab = window.open("about:blank", "_blank");
  try {
    const url = URL.createObjectURL(await callBlob(content_url));
    if (tab) tab.location.href = url;
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    tab?.close();
    toastFailed(error);
  }
}
