import { Trans } from "@lingui/react/macro";
import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { IconFileCheck, IconQrcode, IconShieldCheck } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";

import { LanguageChoice } from "~/features/shell/LanguageMenu";

import classes from "./AuthLayout.module.css";

/** The frame of the pages before the log-in: the form, and beside it what the hub is for. */
export function AuthLayout({
  title,
  note,
  children,
  wide = false,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}) {
  useEffect(() => {
    document.title = `${title} · Student Hub`;
  }, [title]);
  return (
    <Box className={classes.screen}>
      <Box component="main" className={classes.main}>
        <Group justify="space-between" className={classes.top}>
          <Group gap={10}>
            <img src="/app/icons/icon.svg" alt="" width={34} height={34} />
            <Text fw={700}>Student Hub</Text>
          </Group>
          <LanguageChoice />
        </Group>
        <Box className={classes.form} data-wide={wide || undefined}>
          <Title order={1}>{title}</Title>
          {note && (
            <Text c="dimmed" mt={4} component="div">
              {note}
            </Text>
          )}
          <Box mt="lg">{children}</Box>
        </Box>
      </Box>
      <Box component="aside" className={classes.aside}>
        <Stack gap={36} maw={400}>
          <Text className={classes.promise}>
            <Trans>What you achieved, approved by your faculty and signed by your college.</Trans>
          </Text>
          <Point icon={<IconFileCheck size={22} />}>
            <Trans>Add a certificate once; your faculty checks it.</Trans>
          </Point>
          <Point icon={<IconShieldCheck size={22} />}>
            <Trans>Each approval becomes a credential that nobody can forge.</Trans>
          </Point>
          <Point icon={<IconQrcode size={22} />}>
            <Trans>Employers check it in seconds, without an account.</Trans>
          </Point>
        </Stack>
      </Box>
    </Box>
  );
}

function Point({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <Group gap="md" wrap="nowrap">
      <Box className={classes.point} aria-hidden>
        {icon}
      </Box>
      <Text>{children}</Text>
    </Group>
  );
}
