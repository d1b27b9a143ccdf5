import { Box, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** The one h1 of a page, with what can be done here on the right. Names the browser tab, too. */
export function PageHeader({
  title,
  children,
  note,
}: {
  title: string;
  note?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Student Hub`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <Box miw={0}>
        <Title order={1}>{title}</Title>
        {note && (
          <Text c="dimmed" size="sm" mt={2} component="div">
            {note}
          </Text>
        )}
      </Box>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
