import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";

import type { Category } from "~/api/schema";

interface Props {
  reasons: Category["reject_reasons"];
  busy: boolean;
  cancel: () => void;
  send: (reason: string, comment: string) => void;
}

/** A rejection has a reason and a text (workflow §1, T9). */
export function RejectForm({ reasons, busy, cancel, send }: Props) {
  const { t } = useLingui();
  const [reason, setReason] = useState("");
  const [comment, setComment] = useState("");
  const [tried, setTried] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (reason && comment.trim()) send(reason, comment.trim());
      }}
    >
      <Stack gap="sm">
        <Text fw={650}>
          <Trans>Reject</Trans>
        </Text>
        <NativeSelect
          label={t`Reason`}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={tried && !reason ? t`Choose a reason` : undefined}
          data={[
            { value: "", label: t`Choose…` },
            ...reasons.map(({ code, label }) => ({ value: code, label })),
          ]}
        />
        <Textarea
          label={t`Message to the student`}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={2000}
          value={comment}
          error={tried && !comment.trim() ? t`Say why, so that the student understands` : undefined}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={cancel}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" color="red.8" leftSection={<IconX size={17} />} loading={busy}>
            <Trans>Reject</Trans>
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
