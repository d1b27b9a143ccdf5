import { Avatar, Box, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A person: initials, the name as on the records, the name in their own script, and a line below. */
export function Person({
  name,
  native,
  note,
  size = 36,
}: {
  name: string;
  native?: string | null;
  note?: ReactNode;
  size?: number;
}) {
  return (
    <Group gap="sm" wrap="nowrap" miw={0}>
      <Avatar name={name} color="ink" size={size} radius="xl" aria-hidden />
      <Box miw={0}>
        <Text size="sm" fw={600} lineClamp={2}>
          {name}
          {native && (
            <Text span size="sm" c="dimmed" fw={400} ml={6} lang={scriptOf(native)}>
              {native}
            </Text>
          )}
        </Text>
        {note && (
          <Text size="xs" c="dimmed" truncate component="div">
            {note}
          </Text>
        )}
      </Box>
    </Group>
  );
}

/** The language a screen reader should use for text in one of our scripts. */
export function scriptOf(text: string): "hi" | "ta" | undefined {
  if (/\p{Script=Devanagari}/u.test(text)) return "hi";
  if (/\p{Script=Tamil}/u.test(text)) return "ta";
  return undefined;
}
