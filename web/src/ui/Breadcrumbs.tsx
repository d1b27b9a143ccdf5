import { useLingui } from "@lingui/react/macro";
import { IconChevronRight } from "@tabler/icons-react";
import { Link } from "react-router";

import classes from "./Breadcrumbs.module.css";

/** The way back up from a page that lies deep; the page itself is named by its heading. */
export function Breadcrumbs({ trail }: { trail: { to: string; label: string }[] }) {
  const { t } = useLingui();
  return (
    <nav aria-label={t`Breadcrumbs`}>
      <ol className={classes.trail}>
        {trail.map(({ to, label }) => (
          <li key={to}>
            <Link to={to}>{label}</Link>
            <IconChevronRight size={15} aria-hidden />
          </li>
        ))}
      </ol>
    </nav>
  );
}
