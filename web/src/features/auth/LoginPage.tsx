import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Anchor, Button, Divider, Group, Stack, TextInput } from "@mantine/core";
import { Password } from "~/ui/Password";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Link, useNavigate, useSearchParams } from "react-router";
import { z } from "~/ui/zod";

import { hasCode } from "~/api/problem";
import type { Challenge, Method, Tokens } from "~/api/schema";
import { keepTokens } from "~/api/session";
import { AuthLayout } from "~/features/auth/AuthLayout";
import { type Credentials, signIn } from "~/features/auth/api";
import { CollegeChoice } from "~/features/auth/CollegeChoice";
import { DemoLogins } from "~/features/auth/DemoLogins";
import { PasskeyButton } from "~/features/auth/FactorFields";
import { isDismissed, knowsPasskeys, signInWithPasskey } from "~/features/auth/passkeys";
import { SecondFactorPage } from "~/features/auth/SecondFactorPage";
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
  const [back] = useState(fromCollege);
  const [challenge, setChallenge] = useState(back.challenge);
  const enter = (tokens: Tokens) => {
    keepTokens(tokens);
    // Somebody else may have been here before.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "public" });
    navigate(pathAfterLogin(search), { replace: true });
  };
  const entry = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    onSuccess: enter,
    onError: (error) => {
      if (hasCode(error, "mfa_required")) setChallenge(error.problem.challenge ?? null);
    },
  });
  const passkey = useMutation({ mutationFn: () => signInWithPasskey({}), onSuccess: enter });

  if (challenge) {
    const again = () => {
      setChallenge(null);
      entry.reset();
    };
    return <SecondFactorPage challenge={challenge} enter={enter} back={again} />;
  }

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
          {back.refused && <CollegeRefused code={back.refused} />}
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
          <Password
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
      {knowsPasskeys() && (
        <Stack gap="xs" mt="md">
          <Divider label={<Trans>or</Trans>} />
          {passkey.error && !isDismissed(passkey.error) && <PasskeyRefused error={passkey.error} />}
          <PasskeyButton busy={passkey.isPending} use={() => passkey.mutate()} />
        </Stack>
      )}
      <DemoLogins busy={entry.isPending} signIn={(login) => entry.mutate(login)} />
    </AuthLayout>
  );
}

function PasskeyRefused({ error }: { error: unknown }) {
  if (!hasCode(error, "wrong_factor")) return <SignInProblem error={error} />;
  return (
    <Alert color="red" variant="light" role="alert">
      <Trans>This passkey opens no account here.</Trans>
    </Alert>
  );
}

/** Why the college's own log-in led back here (docs/identity.md). */
function CollegeRefused({ code }: { code: string }) {
  return (
    <Alert color="orange" variant="light" role="alert">
      {code === "not_confirmed" && (
        <Trans>Your college has no free place on its roster for this log-in. Ask its office.</Trans>
      )}
      {code === "consent_required" && (
        <Trans>Register first, and agree to how your data is used. Then your college's log-in works.</Trans>
      )}
      {code === "busy" && <Trans>Your college's log-in does not answer. Try again in a while.</Trans>}
      {!["not_confirmed", "consent_required", "busy"].includes(code) && (
        <Trans>Your college's log-in was not accepted. Start again.</Trans>
      )}
    </Alert>
  );
}

/** The way back from the college's log-in says in the fragment what is still to be done; it is taken out at once. */
function fromCollege(): { challenge: Pick<Challenge, "token" | "methods"> | null; refused: string | null } {
  const said = new URLSearchParams(window.location.hash.slice(1));
  if (said.size > 0)
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  const token = said.get("mfa");
  const methods = (said.get("methods") ?? "").split(",").filter(Boolean) as Method[];
  return { challenge: token ? { token, methods } : null, refused: said.get("oidc_error") };
}
