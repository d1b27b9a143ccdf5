import { Trans } from "@lingui/react/macro";
import { Anchor, Text } from "@mantine/core";
import { IconCheck, IconCloudOff, IconDeviceMobile, IconLoader2 } from "@tabler/icons-react";

import classes from "./AddPage.module.css";

export type Saving = "nothing" | "running" | "here" | "refused" | "done";

/** Where what was typed is now: on its way, on this device, or at the hub. */
export function SaveState({ saving, retry }: { saving: Saving; retry: () => void }) {
  return (
    <Text span size="sm" role="status" className={classes.save}>
      {saving === "refused" && (
        <>
          <IconCloudOff size={16} aria-hidden /> <Trans>Not saved.</Trans>{" "}
          <Anchor component="button" type="button" size="sm" onClick={retry}>
            <Trans>Try again</Trans>
          </Anchor>
        </>
      )}
      {saving === "running" && (
        <>
          <IconLoader2 size={16} aria-hidden /> <Trans>Saving…</Trans>
        </>
      )}
      {saving === "here" && (
        <>
          <IconDeviceMobile size={16} aria-hidden />{" "}
          <Trans>Safe on this device, sent when there is a connection</Trans>
        </>
      )}
      {saving === "done" && (
        <>
          <IconCheck size={16} aria-hidden /> <Trans>Draft saved</Trans>
        </>
      )}
      {saving === "nothing" && <Trans>Saved as you go</Trans>}
    </Text>
  );
}
