import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Anchor, Box, Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconKeyboard } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";

import type { Achievement } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";
import { useQueue, useUndo } from "~/features/review/api";
import { useQueueFilter } from "~/features/review/filter";
import { neighbours } from "~/features/review/neighbours";
import { ReviewItem } from "~/features/review/ReviewItem";
import { ShortcutHelp } from "~/features/review/ShortcutHelp";
import { useShortcuts } from "~/features/review/shortcuts";
import { useShortcutsWanted } from "~/features/review/shortcutsWanted";
import { ErrorState, ListSkeleton } from "~/ui/states";
import { toastFailed, toastWithAction } from "~/ui/toasts";

import classes from "./ReviewPage.module.css";

/** One item after the other: decide, and the next one comes by itself. */
export function ReviewPage() {
  const { t } = useLingui();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const { filter, search } = useQueueFilter();
  const queue = useQueue(filter);
  const item = useQuery(achievementQuery(id));
  const undo = useUndo();
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure(false);
  const [wanted] = useShortcutsWanted();
  const ids = queue.data?.pages.flatMap((page) => page.results.map((result) => result.id)) ?? [];
  const { previous, next, at } = neighbours(ids, id);

  const decided = item.data !== undefined && !item.data.allowed.includes("approve");

  const go = (to: string | null) => navigate(to ? `/review/${to}${search}` : `/review${search}`);

  useShortcuts(
    {
      j: next ? () => go(next) : undefined,
      k: previous ? () => go(previous) : undefined,
      u: () => go(null),
      "?": openHelp,
    },
    wanted,
  );

  function moveOn(decided: Achievement, sentence: string) {
    toastWithAction(sentence, t`Undo`, () =>
      undo.mutateAsync(decided).then(() => navigate(`/review/${decided.id}${search}`), toastFailed),
    );
    go(next ?? previous);
  }

  return (
    <>
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Anchor
          component={Link}
          to={decided ? "/review/decided" : `/review${search}`}
          size="sm"
          className={classes.back}
        >
          <IconArrowLeft size={16} aria-hidden /> {decided ? <Trans>Decided</Trans> : <Trans>Queue</Trans>}
        </Anchor>
        <Group gap={2} wrap="nowrap">
          {at >= 0 && (
            <Text size="sm" c="dimmed" className="tabular" mr={4}>
              <VisuallyHidden>{t`Position in the queue`}</VisuallyHidden>
              {at + 1} / {ids.length}
              {queue.hasNextPage && "+"}
            </Text>
          )}
          <Arrow
            label={t`Previous item (K)`}
            go={previous && (() => go(previous))}
            icon={<IconChevronLeft size={20} />}
          />
          <Arrow
            label={t`Next item (J)`}
            go={next && (() => go(next))}
            icon={<IconChevronRight size={20} />}
          />
          <Box visibleFrom="sm">
            <Arrow label={t`Keyboard shortcuts (?)`} go={openHelp} icon={<IconKeyboard size={20} />} />
          </Box>
        </Group>
      </Group>
      {item.isPending && <ListSkeleton rows={4} height={110} />}
      {item.isError && !item.data && <ErrorState whole error={item.error} retry={() => item.refetch()} />}
      {item.data && (
        <ReviewItem
          key={id}
          item={item.data}
          moveOn={moveOn}
          skip={() => go(next ?? previous)}
          reload={() => item.refetch()}
        />
      )}
      <ShortcutHelp opened={help} close={closeHelp} />
    </>
  );
}

function Arrow({ label, go, icon }: { label: string; go: (() => void) | "" | null; icon: ReactNode }) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon aria-label={label} disabled={!go} onClick={go || undefined}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
