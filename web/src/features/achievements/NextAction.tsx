import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconArrowBackUp, IconPencil, IconSend, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import type { Achievement } from "~/api/schema";
import { achievementQuery, deleteDraft, refreshLists, useMove } from "~/features/achievements/api";
import { OwnerSteps } from "~/features/workflow/OwnerSteps";
import { formatAgo, formatDay } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { STATUS_LOOKS } from "~/ui/StatusBadge";
import { toastDone, toastFailed } from "~/ui/toasts";
import { UNTITLED } from "~/ui/words";

import classes from "./NextAction.module.css";

/** Where the item stands in one sentence, and the one thing to do next. */
export function NextAction({ achievement }: { achievement: Achievement }) {
  const { t } = useLingui();
  const submit = useMove("submit");
  const withdraw = useMove("withdraw");
  const { allowed, id, missing, title } = achievement;
  const complete = missing.length === 0 && title !== UNTITLED;
  return (
    <Box className={classes.banner} data-colour={STATUS_LOOKS[achievement.status].colour}>
      <Box flex="1 1 320px">
        <Text fw={600} component="div">
          <Sentence achievement={achievement} />
        </Text>
        <Comment achievement={achievement} />
      </Box>
      <Group gap="xs">
        {allowed.includes("submit") && complete && (
          <Button
            leftSection={<IconSend size={18} />}
            loading={submit.isPending}
            onClick={() =>
              submit.mutate(achievement, {
                onSuccess: () => toastDone(t`Submitted for review`),
                onError: toastFailed,
              })
            }
          >
            <Trans>Submit for review</Trans>
          </Button>
        )}
        {allowed.includes("edit") && (
          <Button
            component={Link}
            to={`/achievements/${id}/edit?step=${complete ? "details" : "files"}`}
            variant={complete ? "default" : "filled"}
            leftSection={<IconPencil size={18} />}
          >
            {complete ? <Trans>Edit</Trans> : <Trans>Go on</Trans>}
          </Button>
        )}
        {allowed.includes("withdraw") && (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={18} />}
            loading={withdraw.isPending}
            onClick={() =>
              withdraw.mutate(achievement, {
                onSuccess: () => toastDone(t`Withdrawn: you can edit it again`),
                onError: toastFailed,
              })
            }
          >
            <Trans>Withdraw</Trans>
          </Button>
        )}
        <OwnerSteps item={achievement} />
        {allowed.includes("delete") && <DeleteButton achievement={achievement} />}
      </Group>
    </Box>
  );
}

function Sentence({ achievement }: { achievement: Achievement }): ReactNode {
  const { status, due_at, missing, last_decision, title } = achievement;
  switch (status) {
    case "draft":
      if (last_decision?.action === "request_changes")
        return <Trans>{last_decision.by} asks for changes. Mend them and submit again.</Trans>;
      return missing.length > 0 || title === UNTITLED ? (
        <Trans>This draft is not complete yet.</Trans>
      ) : (
        <Trans>This draft is complete: submit it.</Trans>
      );
    case "submitted":
      if (achievement.awaiting_second)
        return <Trans>One of two reviewers has approved it; the second has it now.</Trans>;
      return due_at ? (
        <Trans>Your faculty has it. An answer is due {formatAgo(due_at)}.</Trans>
      ) : (
        <Trans>Your faculty has it.</Trans>
      );
    case "changes_requested":
      return <Trans>{last_decision?.by ?? ""} asks for changes. Mend them and submit again.</Trans>;
    case "approved":
      return last_decision ? (
        <Trans>
          Approved by {last_decision.by} on {formatDay(last_decision.at)}.
        </Trans>
      ) : (
        <Trans>Approved.</Trans>
      );
    case "rejected":
      return <Trans>Not accepted.</Trans>;
    case "withdrawn":
      return <Trans>You have taken it back.</Trans>;
    case "correction_proposed":
      return <Trans>Your reviewer proposes a correction. Confirm it, or say why not.</Trans>;
    case "superseded":
      return <Trans>A newer version has replaced this one.</Trans>;
    case "revoked":
      return <Trans>The college has revoked this credential.</Trans>;
  }
}

function Comment({ achievement: { last_decision, status } }: { achievement: Achievement }) {
  if (!last_decision || status === "submitted") return null;
  const { comment, checklist } = last_decision;
  return (
    <>
      {comment && (
        <Text size="sm" mt={4} lang={scriptOf(comment)} className={classes.comment}>
          {comment}
        </Text>
      )}
      {checklist.length > 0 && status !== "approved" && (
        <ul className={classes.list}>
          {checklist.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function DeleteButton({ achievement }: { achievement: Achievement }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => deleteDraft(achievement),
    onSuccess: () => {
      navigate("/achievements", { replace: true });
      queries.removeQueries({ queryKey: achievementQuery(achievement.id).queryKey });
      refreshLists(queries);
      toastDone(t`The draft is deleted`);
    },
    onError: toastFailed,
  });
  return (
    <>
      <Button variant="subtle" color="red" leftSection={<IconTrash size={18} />} onClick={open}>
        <Trans>Delete</Trans>
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t`Delete this draft?`}
        closeButtonProps={{ "aria-label": t`Close` }}
      >
        <Text size="sm">
          <Trans>The draft and its files are gone for good.</Trans>
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            <Trans>Keep it</Trans>
          </Button>
          <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
            <Trans>Delete</Trans>
          </Button>
        </Group>
      </Modal>
    </>
  );
}
