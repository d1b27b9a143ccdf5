import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Button, Group, NativeSelect, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";

import { useCategories } from "~/api/me";
import type { Achievement, FactChanges, Level } from "~/api/schema";
import { LEVELS } from "~/ui/words";

interface Props {
  item: Achievement;
  busy: boolean;
  cancel: () => void;
  send: (changes: FactChanges, comment: string | null) => void;
}

/** Other facts for a submission; evidence is never touched, and the student has to agree. */
export function CorrectionForm({ item, busy, cancel, send }: Props) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const categories = useCategories().data ?? [];
  const [title, setTitle] = useState(item.title);
  const [category, setCategory] = useState(item.category.code);
  const [level, setLevel] = useState<string>(item.level ?? "");
  const [from, setFrom] = useState(item.started_on ?? "");
  const [until, setUntil] = useState(item.ended_on ?? "");
  const [comment, setComment] = useState("");
  const changes: FactChanges = {
    ...(title.trim() !== item.title && title.trim().length >= 3 ? { title: title.trim() } : {}),
    ...(category !== item.category.code ? { category } : {}),
    ...(level && level !== item.level ? { level: level as Level } : {}),
    ...(from && from !== item.started_on ? { started_on: from } : {}),
    ...(until && until !== item.ended_on ? { ended_on: until } : {}),
  };
  const empty = Object.keys(changes).length === 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!empty) send(changes, comment.trim() || null);
      }}
    >
      <Stack gap="sm">
        <Text fw={650}>
          <Trans>Propose a correction</Trans>
        </Text>
        <Text size="sm" c="dimmed">
          <Trans>Change what is wrong. The student confirms it, and it is approved so.</Trans>
        </Text>
        <TextInput
          label={t`Title`}
          autoFocus
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <SimpleGrid cols={2} spacing="sm">
          <NativeSelect
            label={t`Category`}
            value={category}
            onChange={(event) => setCategory(event.currentTarget.value)}
            data={categories.map(({ code, name }) => ({ value: code, label: name }))}
          />
          <NativeSelect
            label={t`Level`}
            value={level}
            onChange={(event) => setLevel(event.currentTarget.value)}
            data={[
              ...(item.level ? [] : [{ value: "", label: t`Choose…` }]),
              ...Object.entries(LEVELS).map(([value, word]) => ({ value, label: _(word) })),
            ]}
          />
          <TextInput
            type="date"
            label={t`From`}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label={t`Until`}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </SimpleGrid>
        <Textarea
          label={t`Message to the student`}
          autosize
          minRows={2}
          maxLength={2000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={cancel}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" disabled={empty} leftSection={<IconSend size={17} />} loading={busy}>
            <Trans>Propose it</Trans>
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
