import { Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";

import { AuthLayout } from "~/features/auth/AuthLayout";
import { verifyEmail } from "~/features/auth/api";
import { RegistrationDone } from "~/features/auth/RegistrationDone";
import { FormProblem } from "~/ui/states";

/** Where the link in the mail leads: /verify-email?token=…. */
export function VerifyEmailPage() {
  const { t } = useLingui();
  const [search] = useSearchParams();
  const token = search.get("token") ?? "";
  // A query, not a mutation: an effect that runs twice must not spend the token twice.
  const answer = useQuery({
    queryKey: ["public", "verify-email", token],
    queryFn: () => verifyEmail(token),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

  if (answer.data) return <RegistrationDone state={answer.data.state} />;
  return (
    <AuthLayout title={t`Verifying your e-mail`}>
      {answer.isPending ? (
        <Loader aria-label={t`Loading`} />
      ) : (
        <Stack>
          <FormProblem error={answer.error} />
          <Text size="sm">
            <Trans>
              The link may be old or used already. Try to{" "}
              <Anchor component={Link} to="/login" underline="always">
                sign in
              </Anchor>
              .
            </Trans>
          </Text>
        </Stack>
      )}
    </AuthLayout>
  );
}
