import { Plural, Trans } from "@lingui/react/macro";
import { Box } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconAlertTriangle, IconCloudUp, IconWifiOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { Link } from "react-router";

import { useMe } from "~/api/me";
import { outboxQuery, useOutboxKeeper } from "~/outbox/useOutbox";
import { useOnline } from "~/ui/useOnline";

import classes from "./Outbox.module.css";

/** How long something may be unsent before it is told, in milliseconds. */
const LONG = 4000;

/** One line under the top bar: offline, or something is unsent. Keeps sending while the app is open. */
export function OutboxStrip() {
  const me = useMe();
  const online = useOnline();
  useOutboxKeeper(me.id);
  const unsent = useQuery(outboxQuery(me.id)).data ?? [];
  // What goes out at once is not worth a line.
  const lasting = useLasting(unsent.length > 0, LONG);
  const items = lasting || !online || unsent.some(({ problem }) => problem) ? unsent : [];
  const refused = items.filter(({ problem }) => problem).length;
  if (items.length === 0 && online) return null;
  if (items.length === 0) {
    return (
      <Box className={classes.strip} role="status">
        <IconWifiOff size={18} aria-hidden />
        <Trans>You are offline. You see what this device has kept.</Trans>
      </Box>
    );
  }
  return (
    <Link to="/outbox" className={classes.strip} data-problem={refused > 0 || undefined}>
      {refused > 0 ? (
        <IconAlertTriangle size={18} aria-hidden />
      ) : online ? (
        <IconCloudUp size={18} aria-hidden />
      ) : (
        <IconWifiOff size={18} aria-hidden />
      )}
      <span>
        {refused > 0 ? (
          <Plural
            value={refused}
            one="The college did not take one thing: look at the outbox"
            other="The college did not take # things: look at the outbox"
          />
        ) : (
          <Plural value={items.length} one="# thing is not sent yet" other="# things are not sent yet" />
        )}
      </span>
    </Link>
  );
}

/** True once `now` has been true for so many milliseconds. */
function useLasting(now: boolean, delay: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), delay);
    return () => clearTimeout(timer);
  }, [now, delay]);
  return lasting && now;
}
