import { Trans } from "@lingui/react/macro";
import { Button, Stack } from "@mantine/core";

import { FormProblem } from "~/ui/states";

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => unknown;
}

/** The button under a list that has another page. */
export function LoadMore({ of }: { of: Paged }) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage } = of;
  if (!hasNextPage) return null;
  return (
    <Stack align="center" mt="md">
      {isFetchNextPageError && <FormProblem error={error} />}
      <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
        <Trans>Show more</Trans>
      </Button>
    </Stack>
  );
}
