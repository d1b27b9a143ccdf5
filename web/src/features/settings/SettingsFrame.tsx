import { useLingui } from "@lingui/react/macro";
import { Box } from "@mantine/core";
import { IconShieldLock, IconUserCog } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { PageHeader } from "~/ui/PageHeader";
import { SubNav } from "~/ui/SubNav";

/** What the pages of the settings share. */
export function SettingsFrame({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  return (
    <Box maw={720}>
      <PageHeader title={t`Settings`} />
      <SubNav
        label={t`Settings`}
        items={[
          { to: "/settings", label: t`You`, icon: IconUserCog },
          { to: "/settings/security", label: t`Security`, icon: IconShieldLock },
        ]}
      />
      {children}
    </Box>
  );
}
