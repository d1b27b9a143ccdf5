import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { ActionIcon, Badge, Box, Button, Group, ScrollArea, Stack } from "@mantine/core";
import { IconPlus, IconSettings, IconX } from "@tabler/icons-react";
import { Link, NavLink } from "react-router";

import { useMay, useMe } from "~/api/me";
import { CollegeMark } from "~/features/shell/CollegeMark";
import { navItems } from "~/features/shell/nav";

import classes from "./SideNav.module.css";

/** The list of places on the left; on a phone it covers the page. */
export function SideNav({ close }: { close: () => void }) {
  const me = useMe();
  const may = useMay();
  const { _ } = useLingui();
  const { t } = useMacro();
  return (
    <Stack h="100%" gap={0}>
      <Group h={60} px="md" justify="space-between" wrap="nowrap">
        <CollegeMark college={me.college} />
        <ActionIcon hiddenFrom="sm" aria-label={t`Close the menu`} onClick={close}>
          <IconX size={20} />
        </ActionIcon>
      </Group>
      {may("achievement:create") && (
        <Box px="md" pt="xs" pb="md">
          <Button
            component={Link}
            to="/achievements/new"
            onClick={close}
            fullWidth
            leftSection={<IconPlus size={18} />}
          >
            <Trans>Add achievement</Trans>
          </Button>
        </Box>
      )}
      <ScrollArea flex={1} px="sm" component="nav" aria-label={t`Main`}>
        <Stack gap={2} pt={4}>
          {navItems(me).map(({ to, label, icon: Icon, count, exact }) => {
            const waiting = count?.(me) ?? 0;
            return (
              <NavLink key={to} to={to} end={exact} className={classes.item} onClick={close}>
                <Icon size={20} stroke={1.7} aria-hidden />
                <span>{_(label)}</span>
                {waiting > 0 && (
                  <Badge ml="auto" variant="light" size="md" className="tabular">
                    {waiting >= 100 ? "100+" : waiting}
                  </Badge>
                )}
              </NavLink>
            );
          })}
        </Stack>
      </ScrollArea>
      <Box px="sm" py="sm">
        <NavLink to="/settings" className={classes.item} onClick={close}>
          <IconSettings size={20} stroke={1.7} aria-hidden />
          <span>
            <Trans>Settings</Trans>
          </span>
        </NavLink>
      </Box>
    </Stack>
  );
}
