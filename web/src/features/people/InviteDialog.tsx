import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { z } from "~/ui/zod";

import { useMe } from "~/api/me";
import { collegeQuery } from "~/features/auth/api";
import { useInvite } from "~/features/people/api";
import { tieToFields } from "~/ui/formProblems";
import { say } from "~/ui/say";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";
import { ROLES } from "~/ui/words";

const INVITED = ["faculty", "head", "report_coordinator", "key_manager", "college_admin"] as const;

/** Roles that may be bounded by a department. */
const SCOPED: readonly string[] = ["faculty", "head"];

const schema = z
  .object({
    email: z.email(say(msg`Enter an e-mail address, such as asha@college.edu`)),
    role: z.enum(INVITED),
    department: z.string(),
  })
  .refine(({ role, department }) => role !== "head" || department !== "", {
    path: ["department"],
    ...say(msg`A head needs a department`),
  });

type Form = z.input<typeof schema>;

/** Invites one member of staff into one role, in a department or the whole college. */
export function InviteDialog({ close }: { close: () => void }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const me = useMe();
  const departments = useQuery(collegeQuery(me.college.slug)).data?.departments ?? [];
  const [problem, setProblem] = useState<unknown>(null);
  const invite = useInvite();
  const { register, handleSubmit, formState, control, setError } = useForm<Form>({
    resolver: zodResolver(schema),
    defaultValues: { email: "", role: "faculty", department: "" },
  });
  const role = useWatch({ control, name: "role" });
  const { errors } = formState;

  function send({ email, role, department }: Form) {
    setProblem(null);
    const scope =
      SCOPED.includes(role) && department
        ? { kind: "department" as const, id: department }
        : { kind: "college" as const, id: null };
    invite.mutateAsync({ email, roles: [{ role, scope }] }).then(
      () => {
        toastDone(t`Invitation sent to ${email}`);
        close();
      },
      (error: unknown) => setProblem(tieToFields(error, setError, ["email", "role", "department"])),
    );
  }

  return (
    <Modal opened onClose={close} title={t`Invite staff`} closeButtonProps={{ "aria-label": t`Close` }}>
      <form noValidate onSubmit={handleSubmit(send)}>
        <Stack>
          <TextInput
            label={t`E-mail`}
            type="email"
            data-autofocus
            error={errors.email?.message}
            {...register("email")}
          />
          <NativeSelect
            label={t`Role`}
            data={INVITED.map((value) => ({ value, label: _(ROLES[value]) }))}
            error={errors.role?.message}
            {...register("role")}
          />
          {SCOPED.includes(role) && (
            <NativeSelect
              label={t`Department`}
              data={[
                { value: "", label: role === "head" ? t`Choose…` : t`Whole college` },
                ...departments.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              error={errors.department?.message}
              {...register("department")}
            />
          )}
          <FormProblem error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" leftSection={<IconSend size={17} />} loading={invite.isPending}>
              <Trans>Send the invitation</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
