import { zodResolver } from "@hookform/resolvers/zod";
import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Stack } from "@mantine/core";
import { Password } from "~/ui/Password";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Link, useSearchParams } from "react-router";
import { z } from "~/ui/zod";

import { AuthLayout } from "~/features/auth/AuthLayout";
import { confirmReset } from "~/features/auth/api";
import { PASSWORD_MIN, passwordRule } from "~/features/auth/registerSchema";
import { tieToFields } from "~/ui/formProblems";
import { FormProblem } from "~/ui/states";

const schema = z.object({ password: passwordRule });

/** Where the link in the mail leads: /reset?token=…. */
export function ResetPage() {
  const { t } = useLingui();
  const [search] = useSearchParams();
  const [problem, setProblem] = useState<unknown>(null);
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { password: "" },
  });
  const change = useMutation({
    mutationFn: ({ password }: { password: string }) => confirmReset(search.get("token") ?? "", password),
    onMutate: () => setProblem(null),
    onError: (error) => setProblem(tieToFields(error, setError, ["password"])),
  });
  return (
    <AuthLayout title={t`Choose a new password`}>
      {change.isSuccess ? (
        <Stack>
          <Alert variant="light" color="green" icon={<IconCircleCheck size={20} />}>
            <Trans>The new password is set. All other devices have been signed out.</Trans>
          </Alert>
          <Button component={Link} to="/login" size="md">
            <Trans>Sign in</Trans>
          </Button>
        </Stack>
      ) : (
        <form noValidate onSubmit={handleSubmit((values) => change.mutate(values))}>
          <Stack>
            <FormProblem error={problem} />
            <Password
              label={t`New password`}
              description={t`At least ${PASSWORD_MIN} characters`}
              size="md"
              autoComplete="new-password"
              error={formState.errors.password?.message}
              {...register("password")}
            />
            <Button type="submit" size="md" loading={change.isPending}>
              <Trans>Set the password</Trans>
            </Button>
          </Stack>
        </form>
      )}
    </AuthLayout>
  );
}
