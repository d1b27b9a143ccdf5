import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link } from "react-router";

import { EmptyState } from "~/ui/states";

export function NotFoundPage() {
  const { t } = useLingui();
  return (
    <EmptyState
      whole
      icon={<IconMapQuestion size={30} />}
      title={t`There is no page here`}
      action={
        <Button component={Link} to="/" variant="light">
          <Trans>Go home</Trans>
        </Button>
      }
    />
  );
}
