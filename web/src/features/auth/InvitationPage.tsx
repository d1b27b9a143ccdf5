import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Button, Group, Stack, TextInput } from "@mantine/core";
import { Password } from "~/ui/Password";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useNavigate, useSearchParams } from "react-router";
import { z } from "~/ui/zod";

import { AuthLayout } from "~/features/auth/AuthLayout";
import { acceptInvitation, invitationQuery } from "~/features/auth/api";
import { PASSWORD_MIN, passwordRule } from "~/features/auth/registerSchema";
import { formatDay } from "~/i18n/format";
import { tieToFields } from "~/ui/formProblems";
import { say } from "~/ui/say";
import { ErrorState, FormProblem, ListSkeleton } from "~/ui/states";
import { ROLES } from "~/ui/words";

const schema = z.object({
  full_name: z.string().trim().min(1, say(msg`Enter your name`)),
  password: passwordRule,
});

/** Where the link of a staff invitation leads: /invitation?token=…. */
export function InvitationPage() {
  const { _ } = useLingui();
  const { t } = useMacro();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const token = search.get("token") ?? "";
  const [problem, setProblem] = useState<unknown>(null);
  const invitation = useQuery(invitationQuery(token));
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { full_name: "", password: "" },
  });
  const accept = useMutation({
    mutationFn: (values: z.output<typeof schema>) => acceptInvitation(token, values),
    onMutate: () => setProblem(null),
    onSuccess: ({ email }) => navigate(`/login?email=${encodeURIComponent(email)}`, { replace: true }),
    onError: (error) => setProblem(tieToFields(error, setError, ["full_name", "password"])),
  });

  if (!invitation.data) {
    return (
      <AuthLayout title={t`Your invitation`}>
        {invitation.isPending ? <ListSkeleton rows={3} /> : <ErrorState error={invitation.error} />}
      </AuthLayout>
    );
  }
  const { college, email, roles, expires_at } = invitation.data;
  return (
    <AuthLayout
      title={t`Join ${college.name}`}
      note={
        <Trans>
          Invitation for {email}, valid until {formatDay(expires_at)}
        </Trans>
      }
    >
      <form noValidate onSubmit={handleSubmit((values) => accept.mutate(values))}>
        <Stack>
          <Group gap="xs">
            {roles.map((role) => (
              <Badge key={role} variant="light" tt="none" size="lg" radius="sm">
                {_(ROLES[role])}
              </Badge>
            ))}
          </Group>
          <FormProblem error={problem} />
          <TextInput
            label={t`Full name`}
            size="md"
            autoComplete="name"
            error={formState.errors.full_name?.message}
            {...register("full_name")}
          />
          <Password
            label={t`Password`}
            description={t`At least ${PASSWORD_MIN} characters`}
            size="md"
            autoComplete="new-password"
            error={formState.errors.password?.message}
            {...register("password")}
          />
          <Button type="submit" size="md" loading={accept.isPending}>
            <Trans>Accept and create the account</Trans>
          </Button>
        </Stack>
      </form>
    </AuthLayout>
  );
}
