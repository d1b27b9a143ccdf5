import { Trans, useLingui } from "@lingui/react/macro";
import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconUserCheck } from "@tabler/icons-react";

import { ConfirmationCard } from "~/features/confirmations/ConfirmationCard";
import { confirmationsQuery } from "~/features/confirmations/api";
import { PageHeader } from "~/ui/PageHeader";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

/** What one person asked for and another has to agree to. */
export function ConfirmationsPage() {
  const { t } = useLingui();
  const all = useQuery(confirmationsQuery);
  const open = all.data?.filter(({ state }) => state === "open") ?? [];
  const past = all.data?.filter(({ state }) => state !== "open") ?? [];
  return (
    <>
      <PageHeader
        title={t`Second person`}
        note={<Trans>What weighs most takes two people. Nobody can be both.</Trans>}
      />
      {all.isPending && <ListSkeleton rows={2} height={160} />}
      {all.isLoadingError && <ErrorState error={all.error} retry={() => all.refetch()} />}
      {all.data && open.length === 0 && (
        <EmptyState icon={<IconUserCheck size={30} />} title={t`Nothing waits for you`}>
          <Trans>You are told when somebody needs a second person.</Trans>
        </EmptyState>
      )}
      <Stack gap="lg" maw={760}>
        {open.map((each) => (
          <ConfirmationCard key={each.id} confirmation={each} />
        ))}
        {past.length > 0 && (
          <Title order={2} mt="md">
            <Trans>Before</Trans>
          </Title>
        )}
        {past.map((each) => (
          <ConfirmationCard key={each.id} confirmation={each} />
        ))}
      </Stack>
    </>
  );
}
