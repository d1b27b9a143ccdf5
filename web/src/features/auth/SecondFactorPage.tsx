import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Anchor, Button, Divider, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { hasCode } from "~/api/problem";
import type { Challenge, SecondFactorRequest, Tokens } from "~/api/schema";
import { AuthLayout } from "~/features/auth/AuthLayout";
import { answerChallenge, passkeyForChallenge } from "~/features/auth/api";
import { CodeField, PasskeyButton } from "~/features/auth/FactorFields";
import { isDismissed, knowsPasskeys, showPasskey } from "~/features/auth/passkeys";
import { FormProblem } from "~/ui/states";

type Waiting = Pick<Challenge, "token" | "methods">;

/** The second half of a log-in: a code, a recovery code, or a passkey. */
export function SecondFactorPage({
  challenge: { token, methods },
  enter,
  back,
}: {
  challenge: Waiting;
  enter: (tokens: Tokens) => void;
  back: () => void;
}) {
  const { t } = useLingui();
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(!methods.includes("totp"));
  const entry = useMutation({
    mutationFn: (shown: Omit<SecondFactorRequest, "token">) => answerChallenge({ token, ...shown }),
    onSuccess: enter,
  });
  const passkey = useMutation({
    mutationFn: async () =>
      entry.mutateAsync({ passkey: await showPasskey(await passkeyForChallenge(token)) }),
  });
  const error = passkey.error && !isDismissed(passkey.error) ? passkey.error : entry.error;
  const wrong = hasCode(entry.error, "wrong_factor");
  const over = hasCode(error, "unauthenticated");
  const withPasskey = methods.includes("passkey") && knowsPasskeys();
  const withCode = methods.includes("totp") || methods.includes("recovery_code");

  return (
    <AuthLayout
      title={t`One more step`}
      note={<Trans>Your account asks for a second proof that it is you.</Trans>}
    >
      <Stack>
        {over ? (
          <Alert color="red" variant="light" role="alert">
            <Trans>This log-in waits no more. Go back and sign in again.</Trans>
          </Alert>
        ) : (
          <FormProblem error={wrong ? null : error} />
        )}
        {withPasskey && (
          <PasskeyButton main={!withCode} busy={passkey.isPending} use={() => passkey.mutate()} />
        )}
        {withPasskey && withCode && <Divider label={<Trans>or</Trans>} />}
        {withCode && (
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              const typed = code.trim();
              entry.mutate(recovery ? { recovery_code: typed } : { code: typed.replace(/\s/g, "") });
            }}
          >
            <Stack>
              <CodeField
                recovery={recovery}
                value={code}
                change={setCode}
                error={wrong ? t`That is not right. Try the next one.` : undefined}
              />
              <Button type="submit" size="md" loading={entry.isPending} disabled={code.trim() === ""}>
                <Trans>Sign in</Trans>
              </Button>
            </Stack>
          </form>
        )}
        <Group justify="space-between">
          <Anchor component="button" type="button" size="sm" onClick={back}>
            <Trans>Back to the log-in</Trans>
          </Anchor>
          {methods.includes("totp") && methods.includes("recovery_code") && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() => {
                setRecovery(!recovery);
                setCode("");
                entry.reset();
              }}
            >
              {recovery ? <Trans>Use the authenticator app</Trans> : <Trans>Use a recovery code</Trans>}
            </Anchor>
          )}
        </Group>
      </Stack>
    </AuthLayout>
  );
}
