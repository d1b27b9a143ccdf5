import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Box, Button, Group, Modal, ScrollArea, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconChecks } from "@tabler/icons-react";

import { RequestError } from "~/api/problem";
import type { AchievementSummary, Problem } from "~/api/schema";
import { useBulkApprove } from "~/features/review/api";
import { Warnings } from "~/features/review/Warnings";
import { problemText } from "~/ui/problemText";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

/** Shows what will be approved, exceptions first; afterwards what was not, and why. */
export function BulkDialog({
  items,
  close,
  done,
}: {
  items: AchievementSummary[];
  close: () => void;
  done: () => void;
}) {
  const { t } = useLingui();
  const approve = useBulkApprove();
  const failures = approve.data?.results.filter(({ outcome }) => outcome === "failed") ?? [];
  const odd = items.filter(({ warnings }) => warnings.length > 0);
  const plain = items.filter((item) => !odd.includes(item));

  function start() {
    approve.mutate(items, {
      onSuccess: ({ summary }) => {
        if (summary.done > 0) toastDone(t`Approved and signed: ${summary.done}`);
        if (summary.failed === 0) done();
      },
    });
  }

  if (failures.length > 0) {
    return (
      <Modal
        opened
        onClose={done}
        title={t`Not everything could be approved`}
        size="lg"
        closeButtonProps={{ "aria-label": t`Close` }}
      >
        <Stack>
          {failures.map(({ id, problem }) => (
            <Failure key={id} item={items.find((item) => item.id === id)} problem={problem} />
          ))}
          <Group justify="flex-end">
            <Button onClick={done}>
              <Trans>Understood</Trans>
            </Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal
      opened
      onClose={close}
      title={<Plural value={items.length} one="Approve # achievement?" other="Approve # achievements?" />}
      size="lg"
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Stack>
        {odd.length > 0 && (
          <Alert
            color="orange"
            variant="light"
            icon={<IconAlertTriangle size={20} />}
            title={t`Look at these first`}
          >
            <ItemList items={odd} />
          </Alert>
        )}
        {plain.length > 0 && (
          <ScrollArea.Autosize mah={260} type="auto" viewportProps={{ tabIndex: 0 }}>
            <ItemList items={plain} />
          </ScrollArea.Autosize>
        )}
        <Text size="sm" c="dimmed">
          <Trans>
            Each one is signed by the college at once. You can take a decision back for ten minutes.
          </Trans>
        </Text>
        <FormProblem error={approve.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            color="green.8"
            leftSection={<IconChecks size={18} />}
            loading={approve.isPending}
            onClick={start}
            data-autofocus
          >
            <Trans>Approve {items.length}</Trans>
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ItemList({ items }: { items: AchievementSummary[] }) {
  return (
    <Stack gap={8}>
      {items.map((item) => (
        <Group key={item.id} gap={8} wrap="nowrap" justify="space-between">
          <Box miw={0}>
            <Text size="sm" fw={500} truncate>
              {item.title}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {item.student.full_name} · {item.student.roll_number}
            </Text>
          </Box>
          <Group gap={4} wrap="nowrap">
            <Warnings item={item} />
          </Group>
        </Group>
      ))}
    </Stack>
  );
}

function Failure({
  item,
  problem,
}: {
  item: AchievementSummary | undefined;
  problem: Problem | null | undefined;
}) {
  return (
    <Box>
      <Text size="sm" fw={600}>
        {item?.title} · {item?.student.full_name}
      </Text>
      <Text size="sm" c="var(--mantine-color-error)">
        {problem?.current?.decided_by ? (
          <Trans>{problem.current.decided_by} has decided it meanwhile.</Trans>
        ) : (
          problemText(problem && new RequestError(problem))
        )}
      </Text>
    </Box>
  );
}
