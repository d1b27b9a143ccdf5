import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Badge, Box, Button, CopyButton, Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCheck, IconCopy, IconQrcode, IconRefreshAlert } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";

import { useMe } from "~/api/me";
import { achievementQuery } from "~/features/achievements/api";
import { exportsQuery } from "~/features/portfolio/api";
import { QrCode } from "~/features/qr/QrCode";
import { formatDay } from "~/i18n/format";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { PageHeader } from "~/ui/PageHeader";
import { scriptOf } from "~/ui/Person";
import { EmptyState, ErrorState } from "~/ui/states";

import classes from "./QrPage.module.css";

/** The code to hold out: of the latest signed portfolio, or of one credential (?achievement=…). */
export function QrPage() {
  const [search] = useSearchParams();
  const achievement = search.get("achievement");
  return achievement ? <CredentialCode id={achievement} /> : <PortfolioCode />;
}

function PortfolioCode() {
  const { t } = useLingui();
  const me = useMe();
  const exports = useQuery(exportsQuery);
  const latest = exports.data?.find(({ state }) => state === "done");
  return (
    <>
      <PageHeader title={t`Show QR code`} />
      {exports.isPending && <Skeleton height={420} maw={440} mx="auto" radius="lg" />}
      {exports.isError && !exports.data && (
        <ErrorState error={exports.error} retry={() => exports.refetch()} />
      )}
      {exports.data && !latest && (
        <EmptyState
          icon={<IconQrcode size={30} />}
          title={t`There is no portfolio yet`}
          action={
            <Button component={Link} to="/portfolio" variant="light">
              <Trans>Make a portfolio</Trans>
            </Button>
          }
        >
          <Trans>Its QR code stands here, for anyone who wants to check it.</Trans>
        </EmptyState>
      )}
      {latest && (
        <CodeCard address={latest.url} name={me.full_name} native={me.full_name_native}>
          <Plural value={latest.achievements} one="# achievement" other="# achievements" /> ·{" "}
          {formatDay(latest.created_at)}
          {latest.out_of_date && (
            <Box mt={8}>
              <Badge color="orange" variant="light" tt="none" leftSection={<IconRefreshAlert size={14} />}>
                <Trans>Out of date: make a fresh one</Trans>
              </Badge>
            </Box>
          )}
        </CodeCard>
      )}
    </>
  );
}

function CredentialCode({ id }: { id: string }) {
  const { t } = useLingui();
  const item = useQuery(achievementQuery(id));
  const credential = item.data?.credential;
  return (
    <>
      <Breadcrumbs
        trail={[
          { to: "/achievements", label: t`My achievements` },
          { to: `/achievements/${id}`, label: item.data?.title ?? "…" },
        ]}
      />
      <PageHeader title={t`Show QR code`} />
      {item.isPending && <Skeleton height={420} maw={440} mx="auto" radius="lg" />}
      {item.isError && !item.data && <ErrorState error={item.error} retry={() => item.refetch()} />}
      {item.data && !credential && (
        <EmptyState icon={<IconQrcode size={30} />} title={t`It has no credential yet`}>
          <Trans>There is a code as soon as the achievement is approved and signed.</Trans>
        </EmptyState>
      )}
      {item.data && credential && (
        <CodeCard address={credential.url} name={item.data.title} native={item.data.student.full_name}>
          {item.data.category.name} · {formatDay(credential.issued_at)}
        </CodeCard>
      )}
    </>
  );
}

function CodeCard({
  address,
  name,
  native,
  children,
}: {
  address: string;
  name: string;
  native: string | null;
  children: React.ReactNode;
}) {
  const { t } = useLingui();
  return (
    <Paper component="section" className={classes.card} aria-label={name}>
      <Box className={classes.code}>
        <QrCode text={address} label={t`QR code that leads to ${address}`} />
      </Box>
      <Title order={2} mt="md" lang={scriptOf(name)}>
        {name}
      </Title>
      {native && (
        <Text c="dimmed" lang={scriptOf(native)}>
          {native}
        </Text>
      )}
      <Text size="sm" c="dimmed" component="div" mt={4}>
        {children}
      </Text>
      <Text size="sm" mt="md">
        <Trans>Anyone can scan it and check, without an account.</Trans>
      </Text>
      <Group justify="center" gap="xs" mt="xs" wrap="nowrap">
        <Anchor href={address} target="_blank" size="xs" truncate flex="0 1 auto" miw={0}>
          {address.replace(/^https?:\/\//, "")}
        </Anchor>
        <CopyButton value={address}>
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
    </Paper>
  );
}
