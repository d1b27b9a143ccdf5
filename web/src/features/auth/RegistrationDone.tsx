import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconMailOpened, IconUserCheck } from "@tabler/icons-react";
import { Link } from "react-router";

import type { Registered } from "~/api/schema";
import { AuthLayout } from "~/features/auth/AuthLayout";

/** What the registration has come to, and what is next. */
export function RegistrationDone({ state, email }: { state: Registered["state"]; email?: string }) {
  const { t } = useLingui();
  if (state === "email_unverified") {
    return (
      <AuthLayout title={t`Look into your mailbox`}>
        <Stack>
          <Alert variant="light" icon={<IconMailOpened size={20} />}>
            <Trans>
              We have sent a link to <b>{email}</b>. Open it to finish the registration.
            </Trans>
          </Alert>
          <Text size="sm" c="dimmed">
            <Trans>Nothing there after a few minutes? Look among the unwanted mails, too.</Trans>
          </Text>
        </Stack>
      </AuthLayout>
    );
  }
  const confirmed = state === "confirmed";
  return (
    <AuthLayout title={confirmed ? t`Welcome!` : t`Almost there`}>
      <Stack>
        <Alert
          variant="light"
          color={confirmed ? "green" : "ink"}
          icon={confirmed ? <IconCircleCheck size={20} /> : <IconUserCheck size={20} />}
        >
          {confirmed ? (
            <Trans>Your e-mail is verified and the college knows you. You can sign in.</Trans>
          ) : (
            <Trans>
              Your e-mail is verified. The college still has to confirm that you are its student. Until then
              you can write drafts, and submit them afterwards.
            </Trans>
          )}
        </Alert>
        <Button
          component={Link}
          to={email ? `/login?email=${encodeURIComponent(email)}` : "/login"}
          size="md"
        >
          <Trans>Sign in</Trans>
        </Button>
      </Stack>
    </AuthLayout>
  );
}
