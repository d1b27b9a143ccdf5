import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { Alert, Button, Group } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";

import type { Problem, Status } from "~/api/schema";
import { formatAgo } from "~/i18n/format";
import { STATUS_LOOKS } from "~/ui/StatusBadge";

/** Somebody was faster: who and when. What was typed stays below. */
export function StaleNotice({
  problem: { current },
  skip,
  reload,
}: {
  problem: Problem;
  skip: () => void;
  reload: () => void;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const look = STATUS_LOOKS[current?.status as Status];
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconUsersGroup size={20} />}
      title={t`Somebody was faster`}
      role="alert"
      mb="sm"
    >
      {current?.decided_by && current.decided_at ? (
        <Trans>
          {current.decided_by} decided this {formatAgo(current.decided_at)}:{" "}
          {look ? _(look.word) : current.status}. Your text is still here.
        </Trans>
      ) : (
        <Trans>This item has changed since you opened it. Look at it again; your text is still here.</Trans>
      )}
      <Group mt="sm" gap="xs">
        <Button size="compact-md" variant="light" color="orange" onClick={reload}>
          <Trans>Show the newer version</Trans>
        </Button>
        <Button size="compact-md" variant="subtle" color="orange" onClick={skip}>
          <Trans>Next item</Trans>
        </Button>
      </Group>
    </Alert>
  );
}
