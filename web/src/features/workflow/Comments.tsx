import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";

import { useMe } from "~/api/me";
import { commentsQuery, useComment } from "~/features/workflow/api";
import { formatTime } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { ErrorState, FormProblem, ListSkeleton } from "~/ui/states";

import classes from "./workflow.module.css";

/** What student and reviewers wrote to each other, and a field to answer. */
export function Comments({ id }: { id: string }) {
  const { t } = useLingui();
  const me = useMe();
  const comments = useQuery(commentsQuery(id));
  const say = useComment(id);
  const [text, setText] = useState("");
  return (
    <Paper component="section" className={classes.card}>
      <Title order={2} mb="sm">
        <Trans>Comments</Trans>
      </Title>
      {comments.isPending && <ListSkeleton rows={1} height={48} />}
      {comments.isLoadingError && <ErrorState error={comments.error} retry={() => comments.refetch()} />}
      <Stack gap="xs">
        {comments.data?.map(({ id, by, by_id, at, text }) => (
          <Box key={id} className={classes.comment} data-mine={by_id === me.id || undefined}>
            <Text size="xs" c="dimmed">
              {by} · {formatTime(at)}
            </Text>
            <Text size="sm" lang={scriptOf(text)} style={{ whiteSpace: "pre-line" }}>
              {text}
            </Text>
          </Box>
        ))}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) say.mutate(text.trim(), { onSuccess: () => setText("") });
          }}
        >
          <Stack gap="xs">
            <FormProblem error={say.error} />
            <Textarea
              aria-label={t`Write a comment`}
              placeholder={t`Write a comment`}
              autosize
              minRows={1}
              maxRows={8}
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            {text.trim() && (
              <Group justify="flex-end">
                <Button type="submit" size="xs" leftSection={<IconSend size={16} />} loading={say.isPending}>
                  <Trans>Send</Trans>
                </Button>
              </Group>
            )}
          </Stack>
        </form>
      </Stack>
    </Paper>
  );
}
