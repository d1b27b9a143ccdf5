import { Trans } from "@lingui/react/macro";
import { Alert, Button, Center, Group, Paper, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff, IconLock, IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";

import { hasCode } from "~/api/problem";
import { problemText } from "~/ui/problemText";

/** Nothing here yet: says what would be, and how it comes. */
export function EmptyState({
  icon,
  title,
  children,
  action,
  whole = false,
}: {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** There is nothing else on the page: its heading and the tab's name. */
  whole?: boolean;
}) {
  useEffect(() => {
    if (whole) document.title = `${title} · Student Hub`;
  }, [whole, title]);
  return (
    <Center py={48} px="md">
      <Stack align="center" gap="xs" maw={420} ta="center">
        <ThemeIcon size={64} radius="xl" variant="light" color="ink">
          {icon}
        </ThemeIcon>
        <Title order={whole ? 1 : 2} size="h2" mt="xs">
          {title}
        </Title>
        {children && (
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
        )}
        {action && <Group mt="xs">{action}</Group>}
      </Stack>
    </Center>
  );
}

/** A page's data did not come: says why and offers another try. */
export function ErrorState({ error, retry, whole }: { error: unknown; retry?: () => void; whole?: boolean }) {
  const forbidden = hasCode(error, "forbidden", "not_found");
  const icon = forbidden ? (
    <IconLock size={30} />
  ) : hasCode(error, "offline") ? (
    <IconCloudOff size={30} />
  ) : (
    <IconAlertTriangle size={30} />
  );
  return (
    <Paper role="alert" p="md">
      <EmptyState
        icon={icon}
        title={problemText(error)}
        whole={whole}
        action={
          retry &&
          !forbidden && (
            <Button variant="light" leftSection={<IconRefresh size={18} />} onClick={retry}>
              <Trans>Try again</Trans>
            </Button>
          )
        }
      />
    </Paper>
  );
}

/** Rows of grey while a list loads. */
export function ListSkeleton({ rows = 5, height = 64 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** What a form's request answered, above the button that sent it. */
export function FormProblem({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      {problemText(error)}
    </Alert>
  );
}
