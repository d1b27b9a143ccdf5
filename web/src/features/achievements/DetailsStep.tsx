import { zodResolver } from "@hookform/resolvers/zod";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import {
  Button,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconArrowLeft, IconArrowRight } from "@tabler/icons-react";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";

import type { Achievement, Level, SharedEvent } from "~/api/schema";
import { type Details, detailsOf, detailsSchema } from "~/features/achievements/detailsSchema";
import type { DraftChange } from "~/features/achievements/content";
import { ParticularFields } from "~/features/achievements/ParticularFields";
import { useAutosave } from "~/features/achievements/useAutosave";
import { EventPick } from "~/features/events/EventPick";
import { TeamField } from "~/features/events/TeamField";
import { LevelSelect } from "~/ui/LevelSelect";
import { FormProblem } from "~/ui/states";
import { OUTCOMES } from "~/ui/words";

interface Props {
  achievement: Achievement;
  save: (change: DraftChange) => Promise<Achievement | null>;
  back: () => void;
  onward: () => void;
}

/** Step 2: the facts. Saved as they are typed; Continue checks the whole form. */
export function DetailsStep({ achievement, save, back, onward }: Props) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const form = useForm<Details>({
    resolver: zodResolver(detailsSchema),
    defaultValues: detailsOf(achievement),
    mode: "onTouched",
  });
  const { register, control, handleSubmit, formState } = form;
  const { errors } = formState;
  const { flush, problem } = useAutosave(achievement, form, save);
  const [event, setEvent] = useState<string | null>(null);

  /** What the event says goes into the form, over what was typed there. */
  function takeOver(picked: SharedEvent | null) {
    setEvent(picked?.id ?? null);
    if (!picked) return;
    const options = { shouldDirty: true, shouldValidate: true } as const;
    if (form.getValues("title").trim() === "") form.setValue("title", picked.name, options);
    if (picked.organiser) form.setValue("organiser", picked.organiser, options);
    if (picked.level) form.setValue("level", picked.level as Level, options);
    if (picked.started_on) form.setValue("started_on", picked.started_on, options);
    if (picked.ended_on) form.setValue("ended_on", picked.ended_on, options);
  }

  return (
    <form
      noValidate
      onSubmit={handleSubmit(async () => {
        if (await flush()) onward();
      })}
    >
      <Stack gap="md">
        <EventPick
          label={t`Event of your college (optional)`}
          description={t`Fills in who held it, its level and its dates`}
          value={event}
          pick={takeOver}
        />
        <TextInput
          label={t`Title`}
          withAsterisk
          placeholder={t`For example: Smart India Hackathon 2026, first prize`}
          error={errors.title?.message}
          {...register("title")}
        />
        <TextInput
          label={t`Organised by`}
          placeholder={t`Who gave the certificate`}
          error={errors.organiser?.message}
          {...register("organiser")}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <LevelSelect error={errors.level?.message} {...register("level")} />
          <NativeSelect
            label={t`Result`}
            data={[
              { value: "", label: t`Choose…` },
              ...Object.entries(OUTCOMES).map(([value, label]) => ({ value, label: _(label) })),
            ]}
            error={errors.outcome?.message}
            {...register("outcome")}
          />
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
          <TextInput
            label={t`Your part (optional)`}
            placeholder={t`Team lead, speaker, player…`}
            error={errors.role?.message}
            {...register("role")}
          />
          <TextInput
            label={t`Hours (optional)`}
            inputMode="numeric"
            error={errors.hours?.message}
            {...register("hours")}
          />
        </SimpleGrid>
        <Controller
          name="team_id"
          control={control}
          render={({ field }) => <TeamField value={field.value} choose={field.onChange} />}
        />
        <ParticularFields category={achievement.category.code} form={form} />
        <TextInput
          label={t`Others who took part (optional)`}
          placeholder={t`Names of those who are not of your college`}
          error={errors.team?.message}
          {...register("team")}
        />
        <Controller
          name="skills"
          control={control}
          render={({ field, fieldState }) => (
            <TagsInput
              label={t`Skills (optional)`}
              description={t`Press Enter after each, 12 at most`}
              maxTags={12}
              error={fieldState.error?.message}
              acceptValueOnBlur
              {...field}
            />
          )}
        />
        <Textarea
          label={t`What was it about? (optional)`}
          autosize
          minRows={3}
          maxRows={10}
          error={errors.description?.message}
          {...register("description")}
        />
        <FormProblem error={problem} />
        <Group justify="space-between">
          <Button variant="default" size="md" leftSection={<IconArrowLeft size={18} />} onClick={back}>
            <Trans>Back</Trans>
          </Button>
          <Button
            type="submit"
            size="md"
            rightSection={<IconArrowRight size={18} />}
            loading={formState.isSubmitting}
          >
            <Trans>Continue</Trans>
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
