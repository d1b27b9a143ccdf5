import { Trans } from "@lingui/react/macro";
import { Button, Group } from "@mantine/core";
import { IconRotate, IconShieldX, IconSnowflake, IconSnowflakeOff } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { useMay } from "~/api/me";
import type { Key, KeyAction } from "~/api/schema";
import { CompromiseDialog } from "~/features/keys/CompromiseDialog";
import { RotateDialog } from "~/features/keys/RotateDialog";
import { SuspicionDialog } from "~/features/keys/SuspicionDialog";

/** What the person may do with a key now: the routine first, the emergencies last. */
export function KeyActions({ signingKey: key }: { signingKey: Key }) {
  const may = useMay();
  const [opened, setOpened] = useState<KeyAction | null>(null);
  const close = () => setOpened(null);
  const offers = (action: KeyAction) =>
    key.allowed.includes(action) && may(action === "rotate" ? "key:rotate" : "key:freeze");
  const button = (action: KeyAction, icon: ReactNode, label: ReactNode, colour?: string) =>
    offers(action) && (
      <Button
        variant={colour ? "subtle" : "default"}
        color={colour}
        leftSection={icon}
        onClick={() => setOpened(action)}
      >
        {label}
      </Button>
    );
  return (
    <Group mt="md" gap="xs">
      {key.purpose !== "authority" && button("rotate", <IconRotate size={18} />, <Trans>Rotate</Trans>)}
      {button("freeze", <IconSnowflake size={18} />, <Trans>Freeze</Trans>)}
      {button("unfreeze", <IconSnowflakeOff size={18} />, <Trans>Lift the freeze</Trans>)}
      {button("compromise", <IconShieldX size={18} />, <Trans>Compromised…</Trans>, "red")}
      {opened === "rotate" && <RotateDialog signingKey={key} close={close} />}
      {(opened === "freeze" || opened === "unfreeze") && (
        <SuspicionDialog signingKey={key} action={opened} close={close} />
      )}
      {opened === "compromise" && <CompromiseDialog signingKey={key} close={close} />}
    </Group>
  );
}
