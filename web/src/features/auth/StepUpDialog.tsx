import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";

import { call } from "~/api/client";
import { problemText } from "~/ui/problemText";
import { tieToFields } from "~/ui/formProblems";

interface Shown {
  password: string;
  code: string;
}

/** Asks for the password, and for a code where there is an authenticator app, before what weighs more is done. */
export default function StepUpDialog({
  ways,
  answer,
}: {
  ways: string[][];
  answer: (done: boolean) => void;
}) {
  const { t } = useLingui();
  const way = ways.find((needed) => needed.every((method) => method === "password" || method === "totp"));
  const { register, handleSubmit, setError, formState } = useForm<Shown>({
    defaultValues: { password: "", code: "" },
  });
  const [rest, setRest] = useState<unknown>(null);
  const shown = useMutation({
    mutationFn: ({ password, code }: Shown) =>
      call("/api/step-up/", {
        method: "POST",
        body: way?.includes("totp") ? { password, code } : { password },
      }),
    onSuccess: () => answer(true),
    onError: (error) => setRest(tieToFields(error, setError, ["password", "code"])),
  });

  return (
    <Modal
      opened
      onClose={() => answer(false)}
      title={t`Is it you?`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {way ? (
        <form noValidate onSubmit={handleSubmit((values) => shown.mutate(values))}>
          <Stack>
            <Text size="sm">
              <Trans>
                This weighs more than most, and you signed in a while ago. Show once more that it is you.
              </Trans>
            </Text>
            <PasswordInput
              label={t`Password`}
              autoComplete="current-password"
              data-autofocus
              error={formState.errors.password?.message}
              {...register("password", { required: true })}
            />
            {way.includes("totp") && (
              <TextInput
                label={t`Code of your authenticator app`}
                autoComplete="one-time-code"
                inputMode="numeric"
                error={formState.errors.code?.message}
                {...register("code", { required: true })}
              />
            )}
            {rest ? <Alert color="red">{problemText(rest)}</Alert> : null}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => answer(false)}>
                <Trans>Cancel</Trans>
              </Button>
              <Button type="submit" loading={shown.isPending}>
                <Trans>Go on</Trans>
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Text size="sm">
          <Trans>You signed in a while ago. Sign out and in again, and then do this.</Trans>
        </Text>
      )}
    </Modal>
  );
}
