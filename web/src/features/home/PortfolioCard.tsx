import { Plural, Trans } from "@lingui/react/macro";
import { Button, Paper, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDownload, IconFileCertificate, IconQrcode } from "@tabler/icons-react";
import { Link } from "react-router";

import { exportsQuery, useDownloadExport } from "~/features/portfolio/api";
import { formatDay } from "~/i18n/format";

import classes from "./PortfolioCard.module.css";

/** The latest signed portfolio, one press away. */
export function PortfolioCard() {
  const exports = useQuery(exportsQuery);
  const download = useDownloadExport();
  const latest = exports.data?.find(({ state }) => state === "done");
  return (
    <Paper component="section" className={classes.card}>
      <ThemeIcon size={44} radius="md" variant="light">
        <IconFileCertificate size={24} aria-hidden />
      </ThemeIcon>
      <Title order={2} mt="sm">
        <Trans>Signed portfolio</Trans>
      </Title>
      {exports.isPending ? (
        <Skeleton height={70} mt="sm" />
      ) : (
        <Stack gap="sm" mt={4}>
          <Text size="sm" c="dimmed">
            {latest ? (
              <>
                <Plural value={latest.achievements} one="# achievement" other="# achievements" /> ·{" "}
                {formatDay(latest.created_at)}
                {latest.out_of_date && (
                  <>
                    {" · "}
                    <Trans>out of date</Trans>
                  </>
                )}
              </>
            ) : (
              <Trans>
                All approved achievements in one PDF, signed by the college. Employers check it by its QR
                code.
              </Trans>
            )}
          </Text>
          {latest && (
            <Button
              leftSection={<IconDownload size={18} />}
              loading={download.isPending}
              onClick={() => download.mutate(latest)}
            >
              <Trans>Download signed PDF</Trans>
            </Button>
          )}
          {latest && (
            <Button component={Link} to="/qr" variant="default" leftSection={<IconQrcode size={18} />}>
              <Trans>Show QR code</Trans>
            </Button>
          )}
          <Button component={Link} to="/portfolio" variant={latest ? "default" : "light"}>
            {latest ? <Trans>Open the portfolio</Trans> : <Trans>Make a portfolio</Trans>}
          </Button>
        </Stack>
      )}
    </Paper>
  );
}
