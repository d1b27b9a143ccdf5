import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Group, Paper, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useParams } from "react-router";

import type { Achievement } from "~/api/schema";
import { achievementQuery } from "~/features/achievements/api";
import { CredentialBox } from "~/features/achievements/CredentialBox";
import { Facts } from "~/features/achievements/Facts";
import { NextAction } from "~/features/achievements/NextAction";
import { Timeline } from "~/features/achievements/Timeline";
import { useTitle } from "~/features/achievements/useTitle";
import { EvidenceViewer } from "~/features/evidence/EvidenceViewer";
import { Comments } from "~/features/workflow/Comments";
import { CorrectionPanel } from "~/features/workflow/CorrectionPanel";
import { RevisionChanges } from "~/features/workflow/RevisionChanges";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { StatusBadge } from "~/ui/StatusBadge";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./ItemPage.module.css";

export function ItemPage() {
  const { id = "" } = useParams();
  const { t } = useLingui();
  const item = useQuery(achievementQuery(id));
  return (
    <>
      <Breadcrumbs trail={[{ to: "/achievements", label: t`My achievements` }]} />
      {item.isPending && <ListSkeleton rows={4} height={96} />}
      {item.isError && !item.data && <ErrorState whole error={item.error} retry={() => item.refetch()} />}
      {item.data && <Item achievement={item.data} />}
    </>
  );
}

function Item({ achievement }: { achievement: Achievement }) {
  const { t } = useLingui();
  const title = useTitle(achievement.title);
  useEffect(() => {
    document.title = `${title} · Student Hub`;
  }, [title]);
  return (
    <>
      <Group gap="sm" mb="md" align="center">
        <Title order={1}>{title}</Title>
        <StatusBadge status={achievement.status} size="lg" />
      </Group>
      <NextAction achievement={achievement} />
      {achievement.status === "correction_proposed" && <CorrectionPanel item={achievement} />}
      <Box className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <Paper component="section" className={classes.card} aria-label={t`Facts`}>
            <Facts achievement={achievement} />
          </Paper>
          <section aria-label={t`Proof`}>
            <Title order={2} mb="sm">
              <Trans>Proof</Trans>
            </Title>
            <EvidenceViewer evidence={achievement.evidence} />
          </section>
        </Stack>
        <Stack gap="lg" miw={0}>
          {achievement.credential && (
            <CredentialBox achievement={achievement} credential={achievement.credential} />
          )}
          {achievement.revision > 1 && <RevisionChanges item={achievement} />}
          {achievement.status !== "draft" && <Comments id={achievement.id} />}
          <Paper component="section" className={classes.card}>
            <Title order={2} mb="md">
              <Trans>Timeline</Trans>
            </Title>
            <Timeline id={achievement.id} />
          </Paper>
        </Stack>
      </Box>
    </>
  );
}
