import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconPencilPlus, IconScale } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

import type { Achievement } from "~/api/schema";
import { type Step, useStep } from "~/features/workflow/api";
import { FormProblem } from "~/ui/states";

/** A new version of what is approved, an appeal against a rejection, or the way back from a new version. */
export function OwnerSteps({ item }: { item: Achievement }) {
  const { t } = useLingui();
  const { allowed, id } = item;
  const navigate = useNavigate();
  const edit = () => navigate(`/achievements/${id}/edit?step=details`);
  return (
    <>
      {allowed.includes("amend") && (
        <StepButton
          item={item}
          step="amend"
          icon={<IconPencilPlus size={18} />}
          label={t`Begin a new version`}
          title={t`Begin a new version?`}
          then={edit}
        >
          <Trans>
            What is approved stays valid until the new version is approved. Then the old credential is
            replaced: our verifier says so and leads to the new one; other verifiers call the old one revoked.
            Portfolios made before are out of date.
          </Trans>
        </StepButton>
      )}
      {allowed.includes("appeal") && (
        <StepButton
          item={item}
          step="appeal"
          icon={<IconScale size={18} />}
          label={t`Appeal`}
          title={t`Appeal against the rejection?`}
          then={edit}
        >
          <Trans>
            You can appeal once. You may mend your entry first; somebody other than the first reviewer
            decides.
          </Trans>
        </StepButton>
      )}
      {allowed.includes("drop_amendment") && (
        <StepButton
          item={item}
          step="drop_amendment"
          icon={<IconArrowBackUp size={18} />}
          label={t`Throw the new version away`}
          title={t`Throw the new version away?`}
        >
          <Trans>What is approved is shown again, unchanged.</Trans>
        </StepButton>
      )}
    </>
  );
}

function StepButton({
  item,
  step,
  icon,
  label,
  title,
  then,
  children,
}: {
  item: Achievement;
  step: Step;
  icon: ReactNode;
  label: string;
  title: string;
  then?: () => unknown;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const take = useStep(step);
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={icon} onClick={open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": t`Close` }}>
        <Stack>
          <Text size="sm">{children}</Text>
          <FormProblem error={take.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button
              leftSection={icon}
              loading={take.isPending}
              onClick={() =>
                take.mutate(
                  { item },
                  {
                    onSuccess: () => {
                      close();
                      then?.();
                    },
                  },
                )
              }
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
