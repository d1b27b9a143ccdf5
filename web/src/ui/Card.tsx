import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

/** A part of a page with a heading of its own. */
export function Card({
  title,
  note,
  side,
  children,
}: {
  title: string;
  note?: ReactNode;
  /** What can be done with the whole of it, right of the heading. */
  side?: ReactNode;
  children: ReactNode;
}) {
  const heading = useId();
  return (
    <Paper
      component="section"
      aria-labelledby={heading}
      withBorder
      radius="lg"
      p={{ base: "md", sm: "lg" }}
      bg="var(--hub-card)"
      style={{ borderColor: "var(--hub-line)" }}
    >
      <Group justify="space-between" align="flex-start" mb="md" gap="xs">
        <div>
          <Title order={2} id={heading}>
            {title}
          </Title>
          {note && (
            <Text size="sm" c="dimmed" mt={2} component="div">
              {note}
            </Text>
          )}
        </div>
        {side}
      </Group>
      <Stack gap="md">{children}</Stack>
    </Paper>
  );
}
