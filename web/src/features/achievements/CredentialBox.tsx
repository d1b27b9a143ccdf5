import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import {
  Alert,
  Anchor,
  Badge,
  Button,
  CopyButton,
  Group,
  NativeSelect,
  Paper,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  IconBan,
  IconCheck,
  IconCopy,
  IconDownload,
  IconExternalLink,
  IconHourglassHigh,
  IconQrcode,
  IconReplace,
  IconShieldCheck,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { Link } from "react-router";

import { call, callBlob } from "~/api/client";
import type { Achievement, CredentialInfo } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";
import { formatDay } from "~/i18n/format";
import { saveFile } from "~/ui/saveFile";
import { toastFailed } from "~/ui/toasts";

import classes from "./ItemPage.module.css";

const STATES: Record<
  CredentialInfo["status"],
  { word: MessageDescriptor; colour: string; icon: ComponentType<{ size?: number }> }
> = {
  pending_issue: { word: msg`Waiting for the college's key`, colour: "gray", icon: IconHourglassHigh },
  active: { word: msg`Signed and valid`, colour: "green", icon: IconShieldCheck },
  superseded: { word: msg`Replaced by a newer version`, colour: "gray", icon: IconReplace },
  revoked: { word: msg`Revoked`, colour: "red", icon: IconBan },
};

/** The credential of an approval: its address, who may see it, the file. */
export function CredentialBox({
  achievement,
  credential,
}: {
  achievement: Achievement;
  credential: CredentialInfo;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const queries = useQueryClient();
  const mine = useMutation({
    mutationFn: (visibility: string) =>
      call<CredentialInfo>(`/api/credentials/${credential.id}/`, { method: "PATCH", body: { visibility } }),
    onSuccess: (changed) =>
      queries.setQueryData(achievementQuery(achievement.id).queryKey, {
        ...achievement,
        credential: changed,
      }),
    onError: toastFailed,
  });
  const download = useMutation({
    mutationFn: () => callBlob(`/api/achievements/${achievement.id}/credential/`),
    onSuccess: (file) => saveFile(file, `credential-${credential.id}.json`),
    onError: toastFailed,
  });
  const { word, colour, icon: Icon } = STATES[credential.status];
  const issued = credential.status !== "pending_issue";
  return (
    <Paper component="section" className={classes.card}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>
          <Trans>Credential</Trans>
        </Title>
        <Badge
          color={colour}
          variant="light"
          tt="none"
          size="lg"
          radius="sm"
          leftSection={<Icon size={15} />}
        >
          {_(word)}
        </Badge>
      </Group>
      {credential.status === "revoked" && (
        <Alert color="red" variant="light" mb="sm">
          <Trans>Revoked on {formatDay(credential.revoked_at)}.</Trans> {credential.reason}
        </Alert>
      )}
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          <Trans>
            Signed by the college on {formatDay(credential.issued_at)}. Anyone with the link can check it.
          </Trans>
        </Text>
        {issued && (
          <Group gap="xs" wrap="nowrap">
            <Anchor href={credential.url} target="_blank" size="sm" truncate flex={1}>
              {credential.url.replace(/^https?:\/\//, "")}
            </Anchor>
            <CopyButton value={credential.url}>
              {({ copied, copy }) => (
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
                  onClick={copy}
                >
                  {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
                </Button>
              )}
            </CopyButton>
          </Group>
        )}
        <NativeSelect
          label={t`Who may see its page`}
          value={mine.variables && mine.isPending ? mine.variables : credential.visibility}
          disabled={mine.isPending}
          onChange={(event) => mine.mutate(event.currentTarget.value)}
          data={[
            { value: "public", label: t`Anyone` },
            { value: "unlisted", label: t`Anyone with the link` },
            { value: "closed", label: t`Nobody (it can still be checked)` },
          ]}
        />
        {issued && (
          <SimpleGrid cols={2} spacing="xs">
            <Button
              className={classes.wide}
              variant="light"
              component={Link}
              to={`/qr?achievement=${achievement.id}`}
              leftSection={<IconQrcode size={17} />}
            >
              <Trans>QR code</Trans>
            </Button>
            <Button
              variant="light"
              leftSection={<IconDownload size={17} />}
              loading={download.isPending}
              onClick={() => download.mutate()}
            >
              <Trans>Download</Trans>
            </Button>
            <Button
              variant="light"
              component="a"
              href={credential.url}
              target="_blank"
              leftSection={<IconExternalLink size={17} />}
            >
              <Trans>Verify</Trans>
            </Button>
          </SimpleGrid>
        )}
      </Stack>
    </Paper>
  );
}
