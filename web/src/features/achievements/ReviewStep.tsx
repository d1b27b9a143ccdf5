import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowLeft,
  IconCircleCheck,
  IconLoader2,
  IconSend,
  IconUserCheck,
} from "@tabler/icons-react";
import { useNavigate } from "react-router";

import { useMe } from "~/api/me";
import type { Achievement } from "~/api/schema";
import { useMove } from "~/features/achievements/api";
import { Facts } from "~/features/achievements/Facts";
import type { Step } from "~/features/achievements/Steps";
import { useTitle } from "~/features/achievements/useTitle";
import { EvidenceThumb } from "~/features/evidence/EvidenceThumb";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";
import { UNTITLED } from "~/ui/words";

interface Props {
  achievement: Achievement;
  /** Files still on their way. */
  uploading: number;
  go: (step: Step) => void;
}

/** Step 3: all of it at a glance, what is missing, and the button. */
export function ReviewStep({ achievement, uploading, go }: Props) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const me = useMe();
  const submit = useMove("submit");
  const missing = [...(achievement.title === UNTITLED ? [t`Give it a title.`] : []), ...achievement.missing];
  const confirmed = me.permissions.includes("achievement:submit");
  const ready = missing.length === 0 && uploading === 0 && confirmed;

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
      {uploading > 0 && (
        <Alert variant="light" icon={<IconLoader2 size={20} />}>
          <Trans>Files are still on their way up. Submit when they have arrived.</Trans>
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
      </Group>
    </Stack>
  );
}
