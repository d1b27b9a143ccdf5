import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Anchor, Button, Stack, TextInput } from "@mantine/core";
import { IconMailOpened } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { z } from "~/ui/zod";

import { AuthLayout } from "~/features/auth/AuthLayout";
import { askReset } from "~/features/auth/api";
import { say } from "~/ui/say";
import { FormProblem } from "~/ui/states";

const schema = z.object({ email: z.email(say(msg`Enter an e-mail address, such as asha@college.edu`)) });

export function ForgotPage() {
  const { t } = useLingui();
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "" },
  });
  const request = useMutation({ mutationFn: ({ email }: { email: string }) => askReset(email) });
  return (
    <AuthLayout title={t`Set a new password`} note={<Trans>We send you a link for it.</Trans>}>
      {request.isSuccess ? (
        <Alert variant="light" icon={<IconMailOpened size={20} />}>
          <Trans>If there is an account with this e-mail, a link is on its way.</Trans>
        </Alert>
      ) : (
        <form noValidate onSubmit={handleSubmit((values) => request.mutate(values))}>
          <Stack>
            <FormProblem error={request.error} />
            <TextInput
              label={t`E-mail`}
              type="email"
              size="md"
              autoComplete="username"
              error={formState.errors.email?.message}
              {...register("email")}
            />
            <Button type="submit" size="md" loading={request.isPending}>
              <Trans>Send the link</Trans>
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/login" size="sm" mt="lg" display="inline-block">
        <Trans>Back to sign in</Trans>
      </Anchor>
    </AuthLayout>
  );
}
