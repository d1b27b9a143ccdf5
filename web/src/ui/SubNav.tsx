import type { ComponentType } from "react";
import { NavLink } from "react-router";

import classes from "./SubNav.module.css";

export interface SubNavItem {
  to: string;
  label: string;
  icon: ComponentType<{ size?: number; stroke?: number; "aria-hidden"?: boolean }>;
}

/** The pages that belong together, under the heading they share. */
export function SubNav({ label, items }: { label: string; items: SubNavItem[] }) {
  return (
    <nav className={classes.bar} aria-label={label}>
      {items.map(({ to, label, icon: Icon }) => (
        <NavLink key={to} to={to} end className={classes.item}>
          <Icon size={18} stroke={1.7} aria-hidden />
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
