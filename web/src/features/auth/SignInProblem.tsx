import { Trans } from "@lingui/react/macro";
import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { hasCode } from "~/api/problem";
import { FormProblem } from "~/ui/states";

/** A refused log-in says the same for an unknown e-mail and a wrong password. */
export function SignInProblem({ error }: { error: unknown }) {
  if (!hasCode(error, "unauthenticated")) return <FormProblem error={error} />;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      <Trans>E-mail and password do not match an account.</Trans>
    </Alert>
  );
}
