import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, NativeSelect, Stack, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconBan } from "@tabler/icons-react";
import { useForm } from "react-hook-form";
import { z } from "~/ui/zod";

import type { Achievement } from "~/api/schema";
import { useRevoke } from "~/features/review/api";
import { say } from "~/ui/say";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

const schema = z.object({
  reason: z.enum(
    ["issued_in_error", "fraud", "error", "duplicate", "consent_withdrawn", "legal"],
    say(msg`Choose a reason`),
  ),
  text: z.string().trim().min(3, say(msg`Say why; the student reads it`)),
});

/** Revoking cannot be undone, so it says what follows. */
export function RevokeDialog({ item, close }: { item: Achievement; close: () => void }) {
  const { t } = useLingui();
  const revoke = useRevoke(item);
  const { register, handleSubmit, formState } = useForm<z.input<typeof schema>>({
    resolver: zodResolver(schema),
    defaultValues: { text: "" },
  });
  const { errors } = formState;
  return (
    <Modal
      opened
      onClose={close}
      title={t`Revoke this credential?`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form
        noValidate
        onSubmit={handleSubmit((values) =>
          revoke.mutate(values, {
            onSuccess: (answer) => {
              toastDone(
                "requested_at" in answer
                  ? t`It waits for a second person, who has to agree`
                  : t`The credential is revoked`,
              );
              close();
            },
          }),
        )}
      >
        <Stack>
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={20} />}>
            <Trans>
              Everyone who checks it, or a portfolio with it, will see that the college has revoked it. This
              cannot be undone. {item.student.full_name} is told.
            </Trans>
          </Alert>
          <FormProblem error={revoke.error} />
          <NativeSelect
            label={t`Reason`}
            error={errors.reason?.message}
            data={[
              { value: "", label: t`Choose…` },
              { value: "issued_in_error", label: t`Issued in error` },
              { value: "error", label: t`Wrong facts` },
              { value: "duplicate", label: t`Duplicate` },
              { value: "fraud", label: t`Fraud` },
              { value: "consent_withdrawn", label: t`Consent withdrawn` },
              { value: "legal", label: t`Legal order` },
            ]}
            {...register("reason")}
          />
          <Textarea
            label={t`Explanation`}
            autosize
            minRows={2}
            error={errors.text?.message}
            {...register("text")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Keep it</Trans>
            </Button>
            <Button
              type="submit"
              color="red.8"
              leftSection={<IconBan size={18} />}
              loading={revoke.isPending}
            >
              <Trans>Revoke</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
