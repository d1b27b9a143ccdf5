import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Checkbox, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";

interface Props {
  checklist: string[];
  busy: boolean;
  cancel: () => void;
  send: (comment: string, checklist: string[]) => void;
}

/** What the student is to mend: a text, or points of the checklist, or both. */
export function ChangesForm({ checklist, busy, cancel, send }: Props) {
  const { t } = useLingui();
  const [comment, setComment] = useState("");
  const [points, setPoints] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const empty = comment.trim() === "" && points.length === 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!empty) send(comment.trim(), points);
      }}
    >
      <Stack gap="sm">
        <Text fw={650}>
          <Trans>Ask for changes</Trans>
        </Text>
        {checklist.length > 0 && (
          <Checkbox.Group label={t`What is not right yet?`} value={points} onChange={setPoints}>
            <Stack gap={8} mt={6}>
              {checklist.map((point) => (
                <Checkbox key={point} value={point} label={point} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        <Textarea
          label={t`Message to the student`}
          data-autofocus
          autoFocus
          autosize
          minRows={2}
          maxRows={8}
          maxLength={2000}
          value={comment}
          error={tried && empty ? t`Write what to mend, or tick a point` : undefined}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={cancel}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" leftSection={<IconSend size={17} />} loading={busy}>
            <Trans>Send back</Trans>
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
