import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Avatar, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconLogout, IconSettings } from "@tabler/icons-react";
import { Link } from "react-router";

import { useMe } from "~/api/me";
import { useSignOut } from "~/features/shell/SignOutDialog";
import { ROLES } from "~/ui/words";

import classes from "./UserMenu.module.css";

/** Who is signed in, settings and the way out. */
export function UserMenu() {
  const me = useMe();
  const { _ } = useLingui();
  const { t } = useMacro();
  const { ask, dialog } = useSignOut();
  return (
    <>
      {dialog}
      <Menu position="bottom-end" width={260} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <UnstyledButton
            className={classes.button}
            aria-label={t`Your account: ${me.full_name}, ${me.email}`}
          >
            <Avatar name={me.full_name} color="ink" radius="xl" size={36} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {/* A menu may hold nothing but its items (WAI-ARIA §6.4); the button says who it is, too. */}
          <Menu.Label aria-hidden>
            <Text span display="block" size="sm" fw={600} c="var(--mantine-color-text)">
              {me.full_name}
            </Text>
            <Text span display="block" size="xs">
              {me.email}
            </Text>
            <Text span display="block" size="xs">
              {me.roles.map((role) => _(ROLES[role])).join(" · ")}
            </Text>
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item component={Link} to="/settings" leftSection={<IconSettings size={18} />}>
            <Trans>Settings</Trans>
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={18} />} onClick={ask}>
            <Trans>Sign out</Trans>
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
