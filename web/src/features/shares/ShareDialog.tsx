import { zodResolver } from "@hookform/resolvers/zod";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, Radio, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { z } from "~/ui/zod";

import type { NewShare, Share } from "~/api/schema";
import { useAchievements } from "~/features/achievements/api";
import { ChoiceRow } from "~/features/portfolio/ChoiceRow";
import { useSaveShare } from "~/features/shares/api";
import { tieToFields } from "~/ui/formProblems";
import { LoadMore } from "~/ui/LoadMore";
import { say } from "~/ui/say";
import { ErrorState, FormProblem, ListSkeleton } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

import classes from "./shares.module.css";

const DAY = 86_400_000;
/** How long a link opens unless told, and at most, in days. */
const USUAL = 30;
const LONGEST = 365;

const schema = z.object({
  name: z.string().trim().min(1, say(msg`Give it a name, to know it again`)),
  until: z.iso.date(say(msg`Choose a date`)),
  some: z.enum(["all", "some"]),
  evidence: z.boolean(),
});

/** What a link shows, and until when: a new one, or one to be changed. */
export function ShareDialog({
  share,
  close,
  made,
}: {
  share?: Share;
  close: () => void;
  made?: (share: NewShare) => void;
}) {
  const { t } = useLingui();
  const save = useSaveShare(share);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(share?.achievements));
  const [problem, setProblem] = useState<unknown>(null);
  const { register, control, handleSubmit, formState, setError, watch } = useForm({
    resolver: zodResolver(schema),
    defaultValues: {
      name: share?.name ?? "",
      until: dayOf(share ? new Date(share.expires_at) : daysFromNow(USUAL)),
      some: share?.achievements ? ("some" as const) : ("all" as const),
      evidence: share?.evidence ?? false,
    },
  });
  const some = watch("some") === "some";

  function send({ name, until, evidence }: z.output<typeof schema>) {
    // To the end of that day, where the student is; no longer than the hub takes.
    const end = Math.min(new Date(`${until}T23:59:59`).getTime(), Date.now() + LONGEST * DAY - 60_000);
    const same = share && dayOf(new Date(share.expires_at)) === until;
    setProblem(null);
    save.mutate(
      {
        name,
        evidence,
        achievements: some ? [...chosen] : null,
        ...(same ? {} : { expires_at: new Date(end).toISOString() }),
      },
      {
        onSuccess: (saved) => {
          close();
          if ("url" in saved) made?.(saved);
          else toastDone(t`Saved`);
        },
        onError: (error) => setProblem(tieToFields(error, setError, ["name"])),
      },
    );
  }

  return (
    <Modal
      opened
      size="lg"
      onClose={close}
      title={share ? t`Change the link` : t`New link`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form noValidate onSubmit={handleSubmit(send)}>
        <Stack>
          <TextInput
            label={t`What is it for?`}
            description={t`Only you see this`}
            placeholder={t`For example: application to the Indian Institute of Science`}
            maxLength={100}
            data-autofocus
            error={formState.errors.name?.message}
            {...register("name")}
          />
          <TextInput
            type="date"
            label={t`Opens until`}
            min={dayOf(new Date())}
            max={dayOf(daysFromNow(LONGEST))}
            error={formState.errors.until?.message}
            {...register("until")}
          />
          <Controller
            name="some"
            control={control}
            render={({ field }) => (
              <Radio.Group label={t`What it shows`} {...field}>
                <Stack gap="xs" mt={6}>
                  <Radio value="all" label={t`All that is approved, also what comes later`} />
                  <Radio value="some" label={t`Only what I choose`} />
                </Stack>
              </Radio.Group>
            )}
          />
          {some && <Choice chosen={chosen} choose={setChosen} />}
          <Switch
            label={t`Show the files, too`}
            description={t`Certificates and photos, as pictures. They may show more than you mean to.`}
            {...register("evidence")}
          />
          <FormProblem error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={save.isPending} disabled={some && chosen.size === 0}>
              {share ? <Trans>Save</Trans> : <Trans>Make the link</Trans>}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Choice({
  chosen,
  choose,
}: {
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
}) {
  const approved = useAchievements({ status: "approved" }, 100);
  const items = approved.data?.pages.flatMap((page) => page.results) ?? [];
  if (approved.isPending) return <ListSkeleton rows={3} height={56} />;
  if (approved.isLoadingError) return <ErrorState error={approved.error} retry={() => approved.refetch()} />;
  if (items.length === 0)
    return (
      <Text size="sm" c="dimmed">
        <Trans>Nothing is approved yet.</Trans>
      </Text>
    );
  return (
    <div className={classes.choice}>
      {items.map((item) => (
        <ChoiceRow
          key={item.id}
          item={item}
          chosen={chosen.has(item.id)}
          toggle={() => {
            const next = new Set(chosen);
            if (!next.delete(item.id)) next.add(item.id);
            choose(next);
          }}
        />
      ))}
      <LoadMore of={approved} />
    </div>
  );
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY);
}

/** The day of a time where the student is, as a date input wants it. */
function dayOf(time: Date): string {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
