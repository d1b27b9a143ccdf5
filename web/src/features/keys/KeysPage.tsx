import { Trans, useLingui } from "@lingui/react/macro";
import { SimpleGrid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconKeyOff } from "@tabler/icons-react";

import type { Key } from "~/api/schema";
import { keysQuery } from "~/features/keys/api";
import { KeyCard } from "~/features/keys/KeyCard";
import { PageHeader } from "~/ui/PageHeader";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

const ORDER: Key["state"][] = ["compromised", "frozen", "active", "pending", "retired"];
const PURPOSES: Key["purpose"][] = ["credentials", "documents", "authority", "log"];

/** The college's signing keys; the ones in use first. */
export function KeysPage() {
  const { t } = useLingui();
  const keys = useQuery(keysQuery);
  const sorted = [...(keys.data ?? [])].sort(
    (one, other) =>
      ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
      PURPOSES.indexOf(one.purpose) - PURPOSES.indexOf(other.purpose) ||
      other.created_at.localeCompare(one.created_at),
  );
  return (
    <>
      <PageHeader
        title={t`Keys`}
        note={<Trans>What the college signs with. The private parts never leave the hub's key store.</Trans>}
      />
      {keys.isPending && <ListSkeleton rows={2} height={240} />}
      {keys.isLoadingError && <ErrorState error={keys.error} retry={() => keys.refetch()} />}
      {keys.data && sorted.length === 0 && (
        <EmptyState icon={<IconKeyOff size={30} />} title={t`The college has no key yet`} />
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {sorted.map((key) => (
          <KeyCard key={key.id} signingKey={key} />
        ))}
      </SimpleGrid>
    </>
  );
}
