import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowLeft,
  IconCircleCheck,
  IconCloudUpload,
  IconSend,
  IconUserCheck,
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";

import { idempotencyKey } from "~/api/client";
import { useMe } from "~/api/me";
import { RequestError } from "~/api/problem";
import type { Achievement } from "~/api/schema";
import { useMove } from "~/features/achievements/api";
import { Facts } from "~/features/achievements/Facts";
import type { Step } from "~/features/achievements/Steps";
import { useTitle } from "~/features/achievements/useTitle";
import type { Upload } from "~/features/achievements/uploads";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { sendOne } from "~/outbox/outbox";
import { holdSubmission, type Parcel } from "~/outbox/store";
import { FormProblem } from "~/ui/states";
import { toastDone, toastFailed } from "~/ui/toasts";
import { UNTITLED } from "~/ui/words";

interface Props {
  achievement: Achievement;
  /** What the hub does not have yet of it. */
  parcel: Parcel | null;
  onHub: boolean;
  /** Files still on their way. */
  tray: Upload[];
  go: (step: Step) => void;
}

/** Step 3: all of it at a glance, what is missing, and the button. */
export function ReviewStep({ achievement, parcel, onHub, tray, go }: Props) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const me = useMe();
  const submit = useMove("submit");
  const later = useMutation({
    mutationFn: async () => {
      await holdSubmission(
        { id: achievement.id, owner: me.id, base: onHub ? achievement : null },
        idempotencyKey(),
      );
      await sendOne(achievement.id);
    },
    onError: toastFailed,
  });
  const unsent = parcel !== null || tray.length > 0;
  const refused = tray.some(({ error }) => error) || Boolean(parcel?.problem);
  const bare = achievement.evidence.length + tray.length === 0;
  const missing = [
    ...(achievement.title === UNTITLED ? [t`Give it a title.`] : []),
    // What the hub finds missing it says of what it has; of the rest only this much is known here.
    ...(onHub && !unsent ? achievement.missing : bare ? [t`Add at least one proof.`] : []),
  ];
  const confirmed = me.permissions.includes("achievement:submit");
  const complete = missing.length === 0 && confirmed;
  const ready = complete && !unsent;

  return (
    <Stack gap="lg">
      <Paper withBorder p="lg" radius="lg" bg="var(--hub-card)" style={{ borderColor: "var(--hub-line)" }}>
        <Title order={2} mb="sm">
          {useTitle(achievement.title)}
        </Title>
        <Facts achievement={achievement} />
        {achievement.evidence.length > 0 && (
          <Group mt="md" gap="xs">
            {achievement.evidence.map((piece) => (
              <Group key={piece.id} gap="xs" wrap="nowrap" maw={220}>
                <EvidenceThumb
                  path={piece.thumb_url}
                  size={64}
                  pdf={piece.media_type === "application/pdf"}
                />
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {piece.caption || piece.name}
                </Text>
              </Group>
            ))}
          </Group>
        )}
      </Paper>
      {missing.length > 0 && (
        <Alert color="orange" variant="light" icon={<IconAlertTriangle size={20} />} title={t`Still missing`}>
          <List size="sm">
            {missing.map((sentence) => (
              <List.Item key={sentence}>{sentence}</List.Item>
            ))}
          </List>
          <Group mt="sm" gap="xs">
            <Button size="compact-md" variant="light" color="orange" onClick={() => go("details")}>
              <Trans>To the details</Trans>
            </Button>
            <Button size="compact-md" variant="light" color="orange" onClick={() => go("files")}>
              <Trans>To the proof</Trans>
            </Button>
          </Group>
        </Alert>
      )}
      {refused && (
        <FormProblem
          error={parcel?.problem ? new RequestError(parcel.problem) : tray.find(({ error }) => error)?.error}
        />
      )}
      {unsent && !refused && (
        <Alert variant="light" icon={<IconCloudUpload size={20} />} role="status">
          {parcel?.submit ? (
            <Trans>It is submitted as soon as everything has been sent. You can close the app.</Trans>
          ) : (
            <Trans>
              Some of it is still on this device. You can submit now: it goes out as soon as there is a
              connection.
            </Trans>
          )}
        </Alert>
      )}
      {!confirmed && (
        <Alert variant="light" icon={<IconUserCheck size={20} />}>
          <Trans>
            The college still has to confirm you. Your draft is safe; you can submit it after that.
          </Trans>
        </Alert>
      )}
      {ready && (
        <Alert color="green" variant="light" icon={<IconCircleCheck size={20} />}>
          <Trans>Nothing is missing. Your faculty sees it as soon as you submit.</Trans>
        </Alert>
      )}
      <FormProblem error={submit.error} />
      <Group justify="space-between">
        <Button
          variant="default"
          size="md"
          leftSection={<IconArrowLeft size={18} />}
          onClick={() => go("details")}
        >
          <Trans>Back</Trans>
        </Button>
        {unsent && (
          <Button
            size="md"
            leftSection={<IconCloudUpload size={18} />}
            disabled={!complete || refused || Boolean(parcel?.submit)}
            loading={later.isPending}
            onClick={() => later.mutate(undefined, { onSuccess: () => navigate("/outbox") })}
          >
            <Trans>Submit when sent</Trans>
          </Button>
        )}
        {!unsent && (
          <Button
            size="md"
            leftSection={<IconSend size={18} />}
            disabled={!ready}
            loading={submit.isPending}
            onClick={() =>
              submit.mutate(achievement, {
                onSuccess: () => {
                  toastDone(t`Submitted for review`);
                  navigate(`/achievements/${achievement.id}`, { replace: true });
                },
              })
            }
          >
            <Trans>Submit for review</Trans>
          </Button>
        )}
      </Group>
    </Stack>
  );
}
