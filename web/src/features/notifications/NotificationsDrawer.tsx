import { Trans, useLingui } from "@lingui/react/macro";
import { Drawer, Stack, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { IconBellOff } from "@tabler/icons-react";
import { useEffect } from "react";
import { useNavigate } from "react-router";

import { call } from "~/api/client";
import { meQuery, useMay } from "~/api/me";
import type { Notification, Page } from "~/api/schema";
import { formatAgo } from "~/i18n/format";
import { LoadMore } from "~/ui/LoadMore";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./NotificationsDrawer.module.css";

/** What happened, newest first. What has been shown counts as read. */
export default function NotificationsDrawer({ close }: { close: () => void }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const may = useMay();
  const queries = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ["notifications"],
    queryFn: ({ pageParam, signal }) =>
      call<Page<Notification>>("/api/notifications/", { query: { cursor: pageParam, limit: 25 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const items = list.data?.pages.flatMap((page) => page.results) ?? [];
  const newest = items[0];
  const unread = newest && !newest.read ? newest.id : null;

  useEffect(() => {
    if (!unread) return;
    void call("/api/notifications/read/", { method: "POST", body: { up_to: unread } })
      .then(() => queries.invalidateQueries({ queryKey: meQuery.queryKey }))
      .catch(() => undefined); // they stay unread and are marked the next time
  }, [unread, queries]);

  function open(item: Notification) {
    close();
    if (!item.achievement_id) return;
    navigate(
      may("achievement:create") ? `/achievements/${item.achievement_id}` : `/review/${item.achievement_id}`,
    );
  }

  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      title={<Text fw={650}>{t`Notifications`}</Text>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {list.isPending && <ListSkeleton rows={4} height={56} />}
      {list.isLoadingError && <ErrorState error={list.error} retry={() => list.refetch()} />}
      {list.data && items.length === 0 && (
        <EmptyState icon={<IconBellOff size={28} />} title={t`Nothing new`}>
          <Trans>Decisions about your achievements appear here.</Trans>
        </EmptyState>
      )}
      <Stack gap={4}>
        {items.map((item) => (
          <UnstyledButton
            key={item.id}
            className={classes.item}
            data-unread={!item.read || undefined}
            onClick={() => open(item)}
          >
            <Text size="sm">{item.text}</Text>
            <Text size="xs" c="dimmed">
              {formatAgo(item.created_at)}
            </Text>
          </UnstyledButton>
        ))}
      </Stack>
      <LoadMore of={list} />
    </Drawer>
  );
}
