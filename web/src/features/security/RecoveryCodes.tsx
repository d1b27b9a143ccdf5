import { Trans, useLingui } from "@lingui/react/macro";
import { Button, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";

import { useMe } from "~/api/me";
import { replaceRecoveryCodes, useFactors } from "~/features/security/api";
import { AskDialog } from "~/ui/AskDialog";
import { saveFile } from "~/ui/saveFile";

import classes from "./security.module.css";

/** Asks, makes others, and shows them this once. */
export function RecoveryCodesDialog({ close }: { close: () => void }) {
  const { t } = useLingui();
  const replace = useFactors<void, Awaited<ReturnType<typeof replaceRecoveryCodes>>>(replaceRecoveryCodes);
  if (!replace.data)
    return (
      <AskDialog
        title={t`Make new recovery codes?`}
        label={t`Make new ones`}
        busy={replace.isPending}
        error={replace.error}
        close={close}
        act={() => replace.mutate()}
      >
        <Trans>The ones you have now stop working.</Trans>
      </AskDialog>
    );
  return (
    <Modal
      opened
      size="lg"
      onClose={close}
      closeOnClickOutside={false}
      title={t`Keep these recovery codes`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <CodesToKeep codes={replace.data.recovery_codes} close={close} />
    </Modal>
  );
}

/** The codes, to be copied, saved or written down: nobody shows them again. */
export function CodesToKeep({ codes, close }: { codes: string[]; close: () => void }) {
  const { t } = useLingui();
  const me = useMe();
  return (
    <Stack>
      <Text size="sm">
        <Trans>
          Each of them opens your account once, when the phone is gone. They are not shown again: write them
          down, and keep them apart from the phone.
        </Trans>
      </Text>
      <ol className={classes.codes} aria-label={t`Recovery codes`}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group justify="space-between">
        <Group gap="xs">
          <CopyButton value={codes.join("\n")}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                onClick={copy}
              >
                {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
              </Button>
            )}
          </CopyButton>
          <Button
            variant="default"
            leftSection={<IconDownload size={18} />}
            onClick={() =>
              saveFile(
                new Blob([`${me.college.name}\n${me.email}\n\n${codes.join("\n")}\n`], {
                  type: "text/plain",
                }),
                "recovery-codes.txt",
              )
            }
          >
            <Trans>Save as a file</Trans>
          </Button>
        </Group>
        <Button onClick={close}>
          <Trans>I have kept them</Trans>
        </Button>
      </Group>
    </Stack>
  );
}
