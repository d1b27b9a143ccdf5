import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconShare } from "@tabler/icons-react";

import type { NewShare } from "~/api/schema";
import { QrCode } from "~/features/qr/QrCode";
import { formatDay } from "~/i18n/format";

import classes from "./shares.module.css";

/** The address of a new link, this once: to copy, to hand to another app, to scan. */
export function MadeDialog({
  share: { url, name, expires_at },
  close,
}: {
  share: NewShare;
  close: () => void;
}) {
  const { t } = useLingui();
  return (
    <Modal
      opened
      onClose={close}
      closeOnClickOutside={false}
      title={t`Your link is ready`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Stack>
        <Text size="sm">
          <Trans>
            It opens until {formatDay(expires_at)}. Copy it now: the hub keeps no copy and cannot show it
            again.
          </Trans>
        </Text>
        <TextInput
          label={t`Link`}
          readOnly
          value={url}
          onFocus={(event) => event.currentTarget.select()}
          size="md"
        />
        <Group gap="xs" grow>
          <CopyButton value={url}>
            {({ copied, copy }) => (
              <Button
                data-autofocus
                leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                onClick={copy}
              >
                {copied ? <Trans>Copied</Trans> : <Trans>Copy the link</Trans>}
              </Button>
            )}
          </CopyButton>
          {"share" in navigator && (
            <Button
              variant="default"
              leftSection={<IconShare size={18} />}
              onClick={() => void navigator.share({ url, title: name }).catch(() => undefined)}
            >
              <Trans>Send…</Trans>
            </Button>
          )}
        </Group>
        <Box className={classes.code}>
          <QrCode text={url} label={t`QR code of the link`} />
        </Box>
      </Stack>
    </Modal>
  );
}
