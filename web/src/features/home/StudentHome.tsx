import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Anchor, Box, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconChevronRight, IconPlus, IconUserCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useCategories, useMe } from "~/api/me";
import type { AchievementSummary } from "~/api/schema";
import { AchievementRow } from "~/features/achievements/AchievementRow";
import { useAchievements } from "~/features/achievements/api";
import { Examples } from "~/features/home/Examples";
import { PointsCard } from "~/features/home/PointsCard";
import { PortfolioCard } from "~/features/home/PortfolioCard";
import { PageHeader } from "~/ui/PageHeader";
import { scriptOf } from "~/ui/Person";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./StudentHome.module.css";

/** What needs the student first, then adding, then what happened lately. */
export function StudentHome() {
  const { t } = useLingui();
  const me = useMe();
  // The form for a new achievement works without a network once its categories are here.
  useCategories();
  const recent = useAchievements({}, 20);
  const items = recent.data?.pages[0]?.results ?? [];
  const needing = items.filter(needsOwner).sort((one, other) => one.status.localeCompare(other.status));
  const others = items.filter((item) => !needsOwner(item));
  const name = me.full_name_native ?? me.full_name;

  return (
    <>
      <PageHeader
        title={t`Hello, ${name}`}
        note={
          <span lang={scriptOf(name)}>
            {[me.programme?.name, me.batch, me.roll_number].filter(Boolean).join(" · ")}
          </span>
        }
      />
      {me.state === "unconfirmed" && (
        <Alert
          variant="light"
          icon={<IconUserCheck size={20} />}
          mb="lg"
          title={t`The college has not confirmed you yet`}
        >
          <Trans>
            Write drafts as you like. You can submit them as soon as the college has found you on its records.
          </Trans>
        </Alert>
      )}
      {recent.isPending && me.counts.needs_me > 0 && (
        // Keeps the place, so that nothing jumps when it comes.
        <Section title={t`Needs you`} accent>
          <ListSkeleton rows={Math.min(3, me.counts.needs_me)} height={72} />
        </Section>
      )}
      {needing.length > 0 && (
        <Section title={t`Needs you`} accent>
          {needing.slice(0, 3).map((item) => (
            <AchievementRow key={item.id} item={item} />
          ))}
        </Section>
      )}
      <Box className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <Link to="/achievements/new" className={classes.add}>
            <span className={classes.plus}>
              <IconPlus size={28} aria-hidden />
            </span>
            <span>
              <Text span fw={650} fz={18} display="block">
                <Trans>Add achievement</Trans>
              </Text>
              <Text span size="sm" className={classes.addNote}>
                <Trans>Take a photo of the certificate, the rest takes two minutes.</Trans>
              </Text>
            </span>
          </Link>
          {recent.isPending && <ListSkeleton rows={4} height={72} />}
          {recent.isLoadingError && <ErrorState error={recent.error} retry={() => recent.refetch()} />}
          {recent.data && items.length === 0 && <Examples />}
          {others.length > 0 && (
            <Section
              title={t`Recent`}
              link={
                <Anchor component={Link} to="/achievements" size="sm" className={classes.all}>
                  <Trans>All achievements</Trans> <IconChevronRight size={16} aria-hidden />
                </Anchor>
              }
            >
              {others.slice(0, 6).map((item) => (
                <AchievementRow key={item.id} item={item} />
              ))}
            </Section>
          )}
        </Stack>
        <Stack gap="lg" miw={0}>
          <PointsCard />
          <PortfolioCard />
        </Stack>
      </Box>
    </>
  );
}

function Section({
  title,
  link,
  accent,
  children,
}: {
  title: string;
  link?: ReactNode;
  accent?: boolean;
  children: ReactNode;
}) {
  return (
    <Box component="section" mb={accent ? "lg" : 0} aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{title}</Title>
        {link}
      </Group>
      <Paper className={classes.list} data-accent={accent || undefined}>
        {children}
      </Paper>
    </Box>
  );
}

function needsOwner({ status }: AchievementSummary): boolean {
  return status === "changes_requested" || status === "draft" || status === "correction_proposed";
}
