import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Divider, Group, Modal, Stack, Text } from "@mantine/core";
import { Password } from "~/ui/Password";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { call } from "~/api/client";
import { RequestError } from "~/api/problem";
import type { Ceremony, StepUpRequest } from "~/api/schema";
import { CodeField, PasskeyButton } from "~/features/auth/FactorFields";
import { isDismissed, knowsPasskeys, showPasskey } from "~/features/auth/passkeys";
import { FormProblem } from "~/ui/states";

/** Asks for the password, a code or a passkey, whatever the account has, before what weighs more is done. */
export default function StepUpDialog({
  ways,
  answer,
}: {
  ways: string[][];
  answer: (done: boolean) => void;
}) {
  const { t } = useLingui();
  const typed = ways.find((needed) => needed.every((method) => ["password", "totp"].includes(method)));
  const passkey = knowsPasskeys() && ways.some((needed) => needed.join() === "passkey");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const shown = useMutation({
    mutationFn: (proof: StepUpRequest) => call("/api/step-up/", { method: "POST", body: proof }),
    onSuccess: () => answer(true),
  });
  const asked = useMutation({
    mutationFn: async () => {
      const question: Ceremony<PublicKeyCredentialRequestOptionsJSON> = await call("/api/step-up/passkey/", {
        method: "POST",
        body: {},
      });
      return shown.mutateAsync({ passkey: await showPasskey(question) });
    },
  });
  const faults = shown.error instanceof RequestError ? (shown.error.problem.errors ?? []) : [];
  const faultOf = (field: string) => faults.find(({ pointer }) => pointer.endsWith(`/${field}`))?.detail;
  const codeFault = faultOf("code") ?? faultOf("recovery_code");
  const error = asked.error && !isDismissed(asked.error) ? asked.error : shown.error;

  return (
    <Modal
      opened
      onClose={() => answer(false)}
      title={t`Is it you?`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {!typed && !passkey ? (
        <Text size="sm">
          <Trans>You signed in a while ago. Sign out and in again, and then do this.</Trans>
        </Text>
      ) : (
        <Stack>
          <Text size="sm">
            <Trans>
              This weighs more than most, and you signed in a while ago. Show once more that it is you.
            </Trans>
          </Text>
          <FormProblem error={faultOf("password") || codeFault ? null : error} />
          {passkey && <PasskeyButton main={!typed} busy={asked.isPending} use={() => asked.mutate()} />}
          {passkey && typed && <Divider label={<Trans>or</Trans>} />}
          {typed && (
            <form
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                const proof = recovery ? { recovery_code: code.trim() } : { code: code.replace(/\s/g, "") };
                shown.mutate({
                  ...(typed.includes("password") ? { password } : {}),
                  ...(typed.includes("totp") ? proof : {}),
                });
              }}
            >
              <Stack>
                {typed.includes("password") && (
                  <Password
                    size="md"
                    label={t`Password`}
                    autoComplete="current-password"
                    data-autofocus
                    value={password}
                    error={faultOf("password")}
                    onChange={(event) => setPassword(event.currentTarget.value)}
                  />
                )}
                {typed.includes("totp") && (
                  <>
                    <CodeField recovery={recovery} value={code} change={setCode} error={codeFault} />
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      style={{ alignSelf: "flex-start" }}
                      onClick={() => setRecovery(!recovery)}
                    >
                      {recovery ? (
                        <Trans>Use the authenticator app</Trans>
                      ) : (
                        <Trans>Use a recovery code</Trans>
                      )}
                    </Button>
                  </>
                )}
                <Group justify="flex-end">
                  <Button variant="default" onClick={() => answer(false)}>
                    <Trans>Cancel</Trans>
                  </Button>
                  <Button type="submit" loading={shown.isPending && !asked.isPending}>
                    <Trans>Go on</Trans>
                  </Button>
                </Group>
              </Stack>
            </form>
          )}
        </Stack>
      )}
    </Modal>
  );
}
