import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Loader, Skeleton, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";

import { usePreview, type Wish } from "~/features/portfolio/api";
import { problemText } from "~/ui/problemText";

import classes from "./PortfolioPage.module.css";

/** The first page as it would be printed; unsigned and without a code, which it says itself. */
export function PreviewPane({ wish }: { wish: Wish }) {
  const { t } = useLingui();
  const preview = usePreview(wish);
  return (
    <Box className={classes.preview} aria-busy={preview.isFetching}>
      {preview.address && !preview.isError ? (
        <img src={preview.address} alt={t`Preview of the first page`} className={classes.sheet} />
      ) : preview.isError ? (
        <Stack className={classes.sheet} align="center" justify="center" gap="xs" p="md" role="alert">
          <Text size="sm" c="dimmed" ta="center">
            {problemText(preview.error)}
          </Text>
          <Button
            variant="light"
            size="xs"
            leftSection={<IconRefresh size={16} />}
            onClick={() => preview.refetch()}
          >
            <Trans>Try again</Trans>
          </Button>
        </Stack>
      ) : wish.achievements.length === 0 ? (
        <Stack className={classes.sheet} align="center" justify="center" p="md">
          <Text size="sm" c="dimmed" ta="center">
            <Trans>Choose at least one achievement.</Trans>
          </Text>
        </Stack>
      ) : (
        <Skeleton className={classes.sheet} role="img" aria-label={t`The preview is being drawn`} />
      )}
      {preview.isFetching && preview.address && (
        <Loader size="sm" className={classes.drawing} aria-label={t`The preview is being drawn`} />
      )}
    </Box>
  );
}
