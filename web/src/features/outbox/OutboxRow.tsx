import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Badge, Box, Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import {
  IconAlertTriangle,
  IconHourglassHigh,
  IconPencil,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "react-router";

import { RequestError } from "~/api/problem";
import { UNTITLED } from "~/features/achievements/content";
import { useTitle } from "~/features/achievements/useTitle";
import { formatAgo, formatSize } from "~/i18n/format";
import { retry } from "~/outbox/outbox";
import { dropParcel } from "~/outbox/store";
import type { Unsent } from "~/outbox/useOutbox";
import { scriptOf } from "~/ui/Person";
import { problemText } from "~/ui/problemText";

import classes from "./Outbox.module.css";

/** One achievement's unsent words and files: what waits, what was refused, what can be done. */
export function OutboxRow({
  item: { id, parcel, files, problem, touched },
  online,
}: {
  item: Unsent;
  online: boolean;
}) {
  const { t } = useLingui();
  const [opened, { open, close }] = useDisclosure(false);
  const title = useTitle(parcel?.change.title ?? parcel?.base?.title ?? UNTITLED);
  const again = useMutation({
    mutationFn: () =>
      retry(
        id,
        files.map(({ key }) => key),
      ),
  });
  const kindless = parcel && !parcel.base && !parcel.change.category;
  const bytes = files.reduce((sum, file) => sum + file.bytes.size, 0);
  return (
    <Box className={classes.row} component="section" aria-label={title}>
      <Box flex="1 1 280px" miw={0}>
        <Text fw={600} size="sm" lang={scriptOf(title)}>
          {title}
        </Text>
        <Text size="xs" c="dimmed">
          {parcel?.submit ? (
            <Trans>To be submitted</Trans>
          ) : parcel && Object.keys(parcel.change).length > 0 ? (
            <Trans>Changes</Trans>
          ) : (
            <Trans>Proof</Trans>
          )}
          {files.length > 0 && (
            <>
              {" · "}
              <Plural value={files.length} one="# file" other="# files" /> ({formatSize(bytes)})
            </>
          )}
          {" · "}
          {formatAgo(new Date(touched).toISOString())}
        </Text>
        {problem && (
          <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert">
            {problemText(new RequestError(problem))}
          </Text>
        )}
      </Box>
      <Badge
        variant="light"
        size="lg"
        radius="sm"
        tt="none"
        color={problem ? "red" : kindless ? "orange" : "gray"}
        leftSection={problem ? <IconAlertTriangle size={15} /> : <IconHourglassHigh size={15} />}
      >
        {problem ? (
          <Trans>Refused</Trans>
        ) : kindless ? (
          <Trans>Choose its kind</Trans>
        ) : online ? (
          <Trans>Waiting</Trans>
        ) : (
          <Trans>Waiting for a connection</Trans>
        )}
      </Badge>
      <Group gap={6}>
        {problem && (
          <Button
            size="xs"
            variant="light"
            leftSection={<IconRefresh size={16} />}
            loading={again.isPending}
            onClick={() => again.mutate()}
          >
            <Trans>Try again</Trans>
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          component={Link}
          to={`/achievements/${id}/edit${parcel && !parcel.base ? "?new" : ""}`}
          leftSection={<IconPencil size={16} />}
        >
          <Trans>Open</Trans>
        </Button>
        <Button size="xs" variant="subtle" color="red" leftSection={<IconTrash size={16} />} onClick={open}>
          <Trans>Discard</Trans>
        </Button>
      </Group>
      <Modal
        opened={opened}
        onClose={close}
        title={t`Discard what is unsent?`}
        closeButtonProps={{ "aria-label": t`Close` }}
      >
        <Text size="sm">
          <Trans>What the college already has stays as it is. The rest is gone from this device.</Trans>
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            <Trans>Keep it</Trans>
          </Button>
          <Button color="red.9" onClick={() => void dropParcel(id).then(close)}>
            <Trans>Discard</Trans>
          </Button>
        </Group>
      </Modal>
    </Box>
  );
}
