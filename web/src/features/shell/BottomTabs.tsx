import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Indicator } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import { NavLink } from "react-router";

import { useMe } from "~/api/me";
import { navItems } from "~/features/shell/nav";

import classes from "./BottomTabs.module.css";

/** A thumb's way between the first four places; the rest is behind More. */
export function BottomTabs({ openMenu }: { openMenu: () => void }) {
  const me = useMe();
  const { _ } = useLingui();
  const { t } = useMacro();
  return (
    <nav className={classes.bar} aria-label={t`Tabs`}>
      {navItems(me)
        .slice(0, 4)
        .map(({ to, label, icon: Icon, count, exact }) => (
          <NavLink key={to} to={to} end={exact} className={classes.tab}>
            <Indicator disabled={!count?.(me)} size={8} offset={2} color="red">
              <Icon size={22} stroke={1.8} aria-hidden />
            </Indicator>
            <span>{_(label)}</span>
          </NavLink>
        ))}
      <button type="button" className={classes.tab} onClick={openMenu}>
        <IconMenu2 size={22} stroke={1.8} aria-hidden />
        <span>
          <Trans>More</Trans>
        </span>
      </button>
    </nav>
  );
}
