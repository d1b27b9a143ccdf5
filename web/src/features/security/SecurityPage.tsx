import { Stack } from "@mantine/core";

import { PasskeysCard } from "~/features/security/PasskeysCard";
import { SessionsCard } from "~/features/security/SessionsCard";
import { TotpCard } from "~/features/security/TotpCard";
import { SettingsFrame } from "~/features/settings/SettingsFrame";

/** How one logs in, and where one is. */
export function SecurityPage() {
  return (
    <SettingsFrame>
      <Stack gap="lg">
        <PasskeysCard />
        <TotpCard />
        <SessionsCard />
      </Stack>
    </SettingsFrame>
  );
}
