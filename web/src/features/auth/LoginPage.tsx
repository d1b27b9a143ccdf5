import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { Link, useNavigate, useSearchParams } from "react-router";
import { z } from "zod";

import { hasCode } from "~/api/problem";
import { keepTokens } from "~/api/session";
import { AuthLayout } from "~/features/auth/AuthLayout";
import { type Credentials, signIn } from "~/features/auth/api";
import { CollegeChoice } from "~/features/auth/CollegeChoice";
import { DemoLogins } from "~/features/auth/DemoLogins";
import { SignInProblem } from "~/features/auth/SignInProblem";
import { pathAfterLogin } from "~/features/shell/deepLink";
import { say } from "~/ui/say";

const schema = z.object({
  email: z.email(say(msg`Enter an e-mail address, such as asha@college.edu`)),
  password: z.string().min(1, say(msg`Enter your password`)),
});

export function LoginPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [search] = useSearchParams();
  const { register, handleSubmit, formState, getValues } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: search.get("email") ?? "", password: "" },
  });
  const entry = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    onSuccess: (tokens) => {
      keepTokens(tokens);
      // Somebody else may have been here before.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "public" });
      navigate(pathAfterLogin(search), { replace: true });
    },
  });

  if (hasCode(entry.error, "choose_college")) {
    const tried = entry.variables ?? getValues();
    return (
      <AuthLayout
        title={t`Which college?`}
        note={<Trans>This e-mail has an account in several colleges.</Trans>}
      >
        <CollegeChoice
          colleges={entry.error.problem.colleges ?? []}
          choose={(college) => entry.mutate({ ...tried, college })}
          back={() => entry.reset()}
        />
      </AuthLayout>
    );
  }

  return (
    <AuthLayout title={t`Sign in`} note={<Trans>with the e-mail address of your account</Trans>}>
      <form noValidate onSubmit={handleSubmit((values) => entry.mutate(values))}>
        <Stack gap="md">
          <SignInProblem error={entry.error} />
          <TextInput
            label={t`E-mail`}
            type="email"
            autoComplete="username"
            inputMode="email"
            size="md"
            error={formState.errors.email?.message}
            {...register("email")}
          />
          <PasswordInput
            label={t`Password`}
            autoComplete="current-password"
            size="md"
            error={formState.errors.password?.message}
            {...register("password")}
          />
          <Button type="submit" size="md" loading={entry.isPending}>
            <Trans>Sign in</Trans>
          </Button>
          <Group justify="space-between">
            <Anchor component={Link} to="/forgot" size="sm">
              <Trans>Forgot the password?</Trans>
            </Anchor>
            <Anchor component={Link} to="/register" size="sm">
              <Trans>New here? Register as a student</Trans>
            </Anchor>
          </Group>
        </Stack>
      </form>
      <DemoLogins busy={entry.isPending} signIn={(login) => entry.mutate(login)} />
    </AuthLayout>
  );
}
