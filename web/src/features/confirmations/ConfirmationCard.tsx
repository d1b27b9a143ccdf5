import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Plural, Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Button, Code, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { useMe } from "~/api/me";
import type { Confirmation } from "~/api/schema";
import { useAnswerConfirmation } from "~/features/confirmations/api";
import { formatTime } from "~/i18n/format";
import { AskDialog } from "~/ui/AskDialog";
import { Card } from "~/ui/Card";
import { scriptOf } from "~/ui/Person";
import { toastDone } from "~/ui/toasts";

const QUESTIONS: Record<Confirmation["kind"], MessageDescriptor> = {
  key_compromise: msg`Is this key in other hands?`,
  key_unfreeze: msg`May the freeze of this key be lifted?`,
  key_manager_grant: msg`Is this person to manage the keys of the college?`,
  credential_revocation: msg`Is this credential to be revoked for fraud?`,
  approver_revocation: msg`Is everything this reviewer approved to be revoked for fraud?`,
};

const STATES: Record<Confirmation["state"], { word: MessageDescriptor; colour: string }> = {
  open: { word: msg`Waiting`, colour: "orange" },
  confirmed: { word: msg`Agreed`, colour: "green" },
  declined: { word: msg`Declined`, colour: "gray" },
  expired: { word: msg`Expired`, colour: "gray" },
};

/** A question for two: who asks, why, what follows, and the two answers. */
export function ConfirmationCard({ confirmation }: { confirmation: Confirmation }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const me = useMe();
  const [answering, setAnswering] = useState<"confirm" | "decline" | null>(null);
  const { kind, state, reason, details, requested_by, requested_by_name, requested_at, expires_at } =
    confirmation;
  const facts = confirmation.facts_now ?? confirmation.facts;
  const own = requested_by === me.id;
  return (
    <Card
      title={_(QUESTIONS[kind])}
      note={
        <Trans>
          {requested_by_name ?? t`Whoever runs the hub`} asks, {formatTime(requested_at)}
        </Trans>
      }
      side={
        <Badge color={STATES[state].colour} variant="light" tt="none" size="lg" radius="sm">
          {_(STATES[state].word)}
        </Badge>
      }
    >
      <Text lang={scriptOf(reason)}>{reason}</Text>
      <Stack gap={4}>
        {details.kid && (
          <Text size="sm" component="div">
            <Trans>Key</Trans>: <Code>{details.kid}</Code>
          </Text>
        )}
        {details.since && (
          <Text size="sm">
            <Trans>Since {formatTime(details.since)}</Trans>
          </Text>
        )}
        {facts.credentials !== undefined && (
          <Text size="sm">
            <Plural
              value={facts.credentials}
              one="# credential hangs on it"
              other="# credentials hang on it"
            />
          </Text>
        )}
        {facts.portfolios !== undefined && (
          <Text size="sm">
            <Plural value={facts.portfolios} one="# portfolio hangs on it" other="# portfolios hang on it" />
          </Text>
        )}
      </Stack>
      {state === "open" ? (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {own ? (
              <Trans>You asked for it: somebody else has to agree until {formatTime(expires_at)}.</Trans>
            ) : (
              <Trans>It expires {formatTime(expires_at)}.</Trans>
            )}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={() => setAnswering("decline")}>
              {own ? <Trans>Take it back</Trans> : <Trans>Decline</Trans>}
            </Button>
            {!own && (
              <Button
                color={kind === "key_unfreeze" ? undefined : "red"}
                onClick={() => setAnswering("confirm")}
              >
                <Trans>Agree</Trans>
              </Button>
            )}
          </Group>
        </Group>
      ) : (
        confirmation.decided_at && (
          <Text size="sm" c="dimmed">
            {confirmation.decided_by_name ?? t`Whoever runs the hub`}, {formatTime(confirmation.decided_at)}
            {confirmation.comment && `: ${confirmation.comment}`}
          </Text>
        )
      )}
      {answering && (
        <AnswerDialog
          confirmation={confirmation}
          answer={answering}
          own={own}
          close={() => setAnswering(null)}
        />
      )}
    </Card>
  );
}

function AnswerDialog({
  confirmation,
  answer,
  own,
  close,
}: {
  confirmation: Confirmation;
  answer: "confirm" | "decline";
  own: boolean;
  close: () => void;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const decide = useAnswerConfirmation(confirmation);
  const [comment, setComment] = useState("");
  const agreeing = answer === "confirm";
  const harmless = confirmation.kind === "key_unfreeze";
  return (
    <AskDialog
      title={_(QUESTIONS[confirmation.kind])}
      label={agreeing ? t`I agree` : own ? t`Take it back` : t`Decline`}
      danger={agreeing && !harmless}
      busy={decide.isPending}
      error={decide.error}
      close={close}
      act={() =>
        decide.mutate(
          { answer, comment: comment.trim() || null },
          {
            onSuccess: () => {
              toastDone(agreeing ? t`Done, with your name beside it` : t`It is not done`);
              close();
            },
          },
        )
      }
    >
      {agreeing ? (
        harmless ? (
          <Trans>The key signs again, and the warning goes.</Trans>
        ) : (
          <Trans>It is done at once, and cannot be undone.</Trans>
        )
      ) : (
        <Trans>Nothing of it happens.</Trans>
      )}
      <Textarea
        mt="md"
        label={t`Comment (optional)`}
        autosize
        minRows={2}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </AskDialog>
  );
}
