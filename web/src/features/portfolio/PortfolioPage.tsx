import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Checkbox, Group, NativeSelect, Paper, Stack, Text, Title } from "@mantine/core";
import { IconDownload, IconFileCertificate } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";

import { useMe } from "~/api/me";
import type { Layout } from "~/api/schema";
import { useAchievements } from "~/features/achievements/api";
import { useMakeExport, type Wish } from "~/features/portfolio/api";
import { ChoiceRow } from "~/features/portfolio/ChoiceRow";
import { LayoutChoice } from "~/features/portfolio/LayoutChoice";
import { PastExports } from "~/features/portfolio/PastExports";
import { PortfolioHeader } from "~/features/portfolio/PortfolioHeader";
import { PreviewPane } from "~/features/portfolio/PreviewPane";
import { type Language, LANGUAGES } from "~/i18n/i18n";
import { LoadMore } from "~/ui/LoadMore";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./PortfolioPage.module.css";

/** Choose what goes in, in which language; the college signs the PDF. */
export function PortfolioPage() {
  const { t } = useLingui();
  const me = useMe();
  const approved = useAchievements({ status: "approved" }, 100);
  const items = approved.data?.pages.flatMap((page) => page.results) ?? [];
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [locale, setLocale] = useState<Language>(me.language);
  const [template, setTemplate] = useState<Layout>("classic");
  const [small, setSmall] = useState(false);
  const make = useMakeExport();
  const chosen = items.filter(({ id }) => !left.has(id)).map(({ id }) => id);
  const all = chosen.length === items.length;
  const wish: Wish = { achievements: chosen, locale, template, size: small ? "small" : "full" };

  return (
    <>
      <PortfolioHeader
        title={t`Portfolio`}
        note={
          <Trans>
            One PDF with a QR code, signed by {me.college.name}. Anyone can check it without an account.
          </Trans>
        }
      />
      {approved.isPending && <ListSkeleton rows={5} height={64} />}
      {approved.isLoadingError && <ErrorState error={approved.error} retry={() => approved.refetch()} />}
      {approved.data && items.length === 0 && (
        <EmptyState
          icon={<IconFileCertificate size={30} />}
          title={t`Nothing approved yet`}
          action={
            <Button component={Link} to="/achievements/new" variant="light">
              <Trans>Add achievement</Trans>
            </Button>
          }
        >
          <Trans>Approved achievements appear here, ready to be put into a signed PDF.</Trans>
        </EmptyState>
      )}
      {items.length > 0 && (
        <Box className={classes.columns}>
          <Box className={classes.sheetColumn}>
            <PreviewPane wish={wish} />
          </Box>
          <Stack gap="lg" miw={0}>
            <Box>
              <Paper className={classes.list}>
                <Group className={classes.head} justify="space-between">
                  <Checkbox
                    label={
                      <Plural
                        value={chosen.length}
                        one="# achievement chosen"
                        other="# achievements chosen"
                      />
                    }
                    checked={all}
                    indeterminate={!all && chosen.length > 0}
                    onChange={() => setLeft(all ? new Set(items.map(({ id }) => id)) : new Set())}
                  />
                </Group>
                {items.map((item) => (
                  <ChoiceRow
                    key={item.id}
                    item={item}
                    chosen={!left.has(item.id)}
                    toggle={() => {
                      const next = new Set(left);
                      if (!next.delete(item.id)) next.add(item.id);
                      setLeft(next);
                    }}
                  />
                ))}
              </Paper>
              <LoadMore of={approved} />
            </Box>
            <Paper className={classes.card}>
              <Title order={2} mb="sm">
                <Trans>Your PDF</Trans>
              </Title>
              <LayoutChoice value={template} choose={setTemplate} />
              <NativeSelect
                mt="md"
                label={t`Language of the PDF`}
                value={locale}
                onChange={(event) => setLocale(event.currentTarget.value as Language)}
                data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
              />
              <Checkbox
                mt="md"
                checked={small}
                onChange={(event) => setSmall(event.currentTarget.checked)}
                label={t`Small file, 1 MB at most`}
                description={t`For portals with an upload limit: fewer and smaller pictures`}
              />
              <Button
                fullWidth
                size="md"
                mt="md"
                leftSection={<IconDownload size={19} />}
                disabled={chosen.length === 0}
                loading={make.isPending}
                onClick={() => make.mutate(wish)}
              >
                <Trans>Download signed PDF</Trans>
              </Button>
              <Text size="xs" c="dimmed" mt="xs">
                <Trans>
                  Making and signing takes a few seconds. A long one is made while you do something else.
                </Trans>
              </Text>
            </Paper>
          </Stack>
        </Box>
      )}
      <Box mt="lg">
        <PastExports />
      </Box>
    </>
  );
}
