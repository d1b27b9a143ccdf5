import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, NativeSelect, Stack, TagsInput, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";

import { RequestError } from "~/api/problem";
import { teamsQuery, useEnterTeam } from "~/features/events/api";
import { EventPick } from "~/features/events/EventPick";
import { FormProblem } from "~/ui/states";

/** Which of one's teams it was done with, or a new one. */
export function TeamField({
  value,
  choose,
}: {
  value: string | null;
  choose: (team: string | null) => void;
}) {
  const { t } = useLingui();
  const teams = useQuery(teamsQuery);
  const [entering, { open, close }] = useDisclosure(false);
  const known = teams.data ?? [];
  const chosen = known.find(({ id }) => id === value);
  return (
    <>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <NativeSelect
          flex={1}
          label={t`Team (optional)`}
          description={chosen?.members.join(", ") ?? t`Of your college: nobody on it decides on it`}
          value={value ?? ""}
          onChange={(event) => choose(event.currentTarget.value || null)}
          data={[
            { value: "", label: t`No team` },
            ...known.map(({ id, name }) => ({ value: id, label: name })),
            // Chosen on another device, and not read here yet.
            ...(value && !chosen ? [{ value, label: "…" }] : []),
          ]}
        />
        <Button variant="default" leftSection={<IconUsersPlus size={18} />} onClick={open}>
          <Trans>New team</Trans>
        </Button>
      </Group>
      {entering && <TeamDialog close={close} entered={choose} />}
    </>
  );
}

function TeamDialog({ close, entered }: { close: () => void; entered: (team: string) => void }) {
  const { t } = useLingui();
  const enter = useEnterTeam();
  const [name, setName] = useState("");
  const [rolls, setRolls] = useState<string[]>([]);
  const [event, setEvent] = useState<string | null>(null);
  const faults = enter.error instanceof RequestError ? (enter.error.problem.errors ?? []) : [];
  const faultOf = (field: string) => faults.find(({ pointer }) => pointer.startsWith(`/${field}`))?.detail;
  const tied = faultOf("name") || faultOf("roll_numbers");
  return (
    <Modal opened onClose={close} title={t`New team`} closeButtonProps={{ "aria-label": t`Close` }}>
      <Stack>
        <TextInput
          label={t`Name of the team`}
          data-autofocus
          maxLength={120}
          value={name}
          error={faultOf("name")}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TagsInput
          label={t`Roll numbers of the others`}
          description={t`Press Enter after each`}
          acceptValueOnBlur
          value={rolls}
          error={faultOf("roll_numbers")}
          onChange={setRolls}
        />
        <EventPick
          label={t`Event (optional)`}
          value={event}
          pick={(picked) => setEvent(picked?.id ?? null)}
        />
        <FormProblem error={tied ? null : enter.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            loading={enter.isPending}
            disabled={name.trim() === ""}
            onClick={() =>
              enter.mutate(
                { name: name.trim(), event, roll_numbers: rolls },
                {
                  onSuccess: ({ id }) => {
                    entered(id);
                    close();
                  },
                },
              )
            }
          >
            <Trans>Enter the team</Trans>
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
