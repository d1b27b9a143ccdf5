import { useLingui } from "@lingui/react/macro";
import { ActionIcon, Box, Group, Indicator } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell } from "@tabler/icons-react";
import { lazy, Suspense } from "react";

import { useMe } from "~/api/me";
import { CollegeMark } from "~/features/shell/CollegeMark";

// What opens on a press comes after the page itself; until then its place is kept.
const LanguageMenu = lazy(() =>
  import("~/features/shell/LanguageMenu").then(({ LanguageMenu }) => ({ default: LanguageMenu })),
);
const UserMenu = lazy(() =>
  import("~/features/shell/UserMenu").then(({ UserMenu }) => ({ default: UserMenu })),
);
const NotificationsDrawer = lazy(() => import("~/features/notifications/NotificationsDrawer"));

/** Language, notifications and oneself; on a phone the college's mark as well. */
export function TopBar() {
  const me = useMe();
  const { t } = useLingui();
  const [opened, { open, close }] = useDisclosure(false);
  const unread = me.counts.unread_notifications;
  return (
    <Group h="100%" px={{ base: "md", sm: 32 }} justify="space-between" wrap="nowrap">
      <Box hiddenFrom="sm" miw={0}>
        <CollegeMark college={me.college} size={32} />
      </Box>
      <Group gap={4} ml="auto" wrap="nowrap">
        <Suspense fallback={<Box w={34} h={34} />}>
          <LanguageMenu />
        </Suspense>
        <ActionIcon
          aria-label={unread ? t`Notifications, ${unread} unread` : t`Notifications`}
          onClick={open}
          style={{ overflow: "visible" }}
        >
          <Indicator disabled={unread === 0} label={unread > 9 ? "9+" : unread} size={17} color="red.8">
            <IconBell size={21} stroke={1.7} style={{ display: "block" }} />
          </Indicator>
        </ActionIcon>
        <Suspense fallback={<Box w={44} h={44} />}>
          <UserMenu />
        </Suspense>
      </Group>
      {opened && (
        <Suspense>
          <NotificationsDrawer close={close} />
        </Suspense>
      )}
    </Group>
  );
}
