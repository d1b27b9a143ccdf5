import { useLingui } from "@lingui/react/macro";
import { IconFileCertificate, IconLink } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { PageHeader } from "~/ui/PageHeader";
import { SubNav } from "~/ui/SubNav";

/** The heading of a page of the portfolio, and the way to the others. */
export function PortfolioHeader(header: { title: string; note: ReactNode; children?: ReactNode }) {
  const { t } = useLingui();
  return (
    <>
      <PageHeader {...header} />
      <SubNav
        label={t`Portfolio`}
        items={[
          { to: "/portfolio", label: t`Signed PDF`, icon: IconFileCertificate },
          { to: "/portfolio/links", label: t`Shared links`, icon: IconLink },
        ]}
      />
    </>
  );
}
