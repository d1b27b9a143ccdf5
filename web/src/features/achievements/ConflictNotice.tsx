import { Trans } from "@lingui/react/macro";
import { Alert, Button } from "@mantine/core";
import { IconArrowsSplit2 } from "@tabler/icons-react";

/** The same fields were changed elsewhere: what is typed here stays until the person decides. */
export function ConflictNotice({ reload }: { reload: () => void }) {
  return (
    <Alert color="orange" variant="light" icon={<IconArrowsSplit2 size={20} />} mb="md" role="alert">
      <Trans>
        This draft was changed somewhere else, perhaps in another tab. What you typed here is still on the
        screen, but not saved.
      </Trans>
      <Button mt="sm" size="compact-sm" variant="light" color="orange" display="block" onClick={reload}>
        <Trans>Go on from the newer version</Trans>
      </Button>
    </Alert>
  );
}
