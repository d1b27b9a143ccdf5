import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "~/ui/zod";

import { day, level } from "~/features/achievements/detailsSchema";
import { useEnterEvent } from "~/features/events/api";
import { tieToFields } from "~/ui/formProblems";
import { say } from "~/ui/say";
import { LevelSelect } from "~/ui/LevelSelect";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

const schema = z.object({
  name: z.string().trim().min(3, say(msg`Give it a name of at least 3 letters`)),
  organiser: z.string().trim(),
  level,
  started_on: day,
  ended_on: day,
});
const FIELDS = ["name", "organiser", "level", "started_on", "ended_on"] as const;

/** An event as all who took part shall name it. */
export function EventDialog({ close }: { close: () => void }) {
  const { t } = useLingui();
  const enter = useEnterEvent();
  const [problem, setProblem] = useState<unknown>(null);
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", organiser: "", level: "" as const, started_on: "", ended_on: "" },
  });
  const { errors } = formState;
  return (
    <Modal opened onClose={close} title={t`Enter an event`} closeButtonProps={{ "aria-label": t`Close` }}>
      <form
        noValidate
        onSubmit={handleSubmit(({ name, organiser, level, started_on, ended_on }) => {
          setProblem(null);
          enter.mutate(
            {
              name,
              organiser,
              level: level || null,
              started_on: started_on || null,
              ended_on: ended_on || null,
            },
            {
              onSuccess: () => {
                toastDone(t`Entered`);
                close();
              },
              onError: (error) => setProblem(tieToFields(error, setError, FIELDS)),
            },
          );
        })}
      >
        <Stack>
          <TextInput
            label={t`Name`}
            data-autofocus
            maxLength={200}
            error={errors.name?.message}
            {...register("name")}
          />
          <TextInput label={t`Organised by`} error={errors.organiser?.message} {...register("organiser")} />
          <LevelSelect error={errors.level?.message} {...register("level")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              type="date"
              label={t`From`}
              error={errors.started_on?.message}
              {...register("started_on")}
            />
            <TextInput
              type="date"
              label={t`Until`}
              error={errors.ended_on?.message}
              {...register("ended_on")}
            />
          </SimpleGrid>
          <FormProblem error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={enter.isPending}>
              <Trans>Enter</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
