import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Badge, Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCircleCheck, IconDeviceMobile, IconShieldExclamation } from "@tabler/icons-react";
import { useState } from "react";

import { factorsQuery, removeTotp, useFactors } from "~/features/security/api";
import { RecoveryCodesDialog } from "~/features/security/RecoveryCodes";
import { TotpDialog } from "~/features/security/TotpDialog";
import { AskDialog } from "~/ui/AskDialog";
import { Card } from "~/ui/Card";
import { ErrorState, ListSkeleton } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

/** Codes of an authenticator app beside the password, and the recovery codes for the day the phone is gone. */
export function TotpCard() {
  const { t } = useLingui();
  const factors = useQuery(factorsQuery);
  const [opened, setOpened] = useState<"add" | "remove" | "codes" | null>(null);
  const close = () => setOpened(null);
  const held = factors.data;
  return (
    <Card
      title={t`Authenticator app`}
      note={<Trans>A code of six digits from your phone, beside the password.</Trans>}
      side={
        held?.totp && (
          <Badge
            color="green"
            variant="light"
            tt="none"
            size="lg"
            leftSection={<IconCircleCheck size={15} />}
          >
            <Trans>In use</Trans>
          </Badge>
        )
      }
    >
      {factors.isPending && <ListSkeleton rows={1} height={60} />}
      {factors.isLoadingError && <ErrorState error={factors.error} retry={() => factors.refetch()} />}
      {held?.due && (
        <Alert color="orange" variant="light" icon={<IconShieldExclamation size={20} />} role="alert">
          <Trans>
            Your college asks its staff for a second factor. Add a passkey or an app, and your work is open to
            you again.
          </Trans>
        </Alert>
      )}
      {held && (
        <>
          {(held.totp || held.passkeys > 0) && (
            <Text size="sm">
              {held.recovery_codes === 0 ? (
                <Trans>You have no recovery codes left: make others.</Trans>
              ) : (
                <Plural
                  value={held.recovery_codes}
                  one="# recovery code is left, for the day the phone is gone."
                  other="# recovery codes are left, for the day the phone is gone."
                />
              )}
            </Text>
          )}
          <Group gap="xs">
            {!held.totp && (
              <Button
                variant="light"
                leftSection={<IconDeviceMobile size={18} />}
                onClick={() => setOpened("add")}
              >
                <Trans>Set up an app</Trans>
              </Button>
            )}
            {(held.totp || held.passkeys > 0) && (
              <Button variant="default" onClick={() => setOpened("codes")}>
                <Trans>New recovery codes</Trans>
              </Button>
            )}
            {held.totp && (
              <Button variant="default" onClick={() => setOpened("remove")}>
                <Trans>Remove the app</Trans>
              </Button>
            )}
          </Group>
        </>
      )}
      {opened === "add" && <TotpDialog close={close} />}
      {opened === "codes" && <RecoveryCodesDialog close={close} />}
      {opened === "remove" && <RemoveDialog close={close} />}
    </Card>
  );
}

function RemoveDialog({ close }: { close: () => void }) {
  const { t } = useLingui();
  const remove = useFactors<void, unknown>(removeTotp);
  return (
    <AskDialog
      title={t`Remove the authenticator app?`}
      label={t`Remove`}
      danger
      busy={remove.isPending}
      error={remove.error}
      close={close}
      act={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            close();
            toastDone(t`Removed`);
          },
        })
      }
    >
      <Trans>The log-in asks for no code any more, and the recovery codes end.</Trans>
    </AskDialog>
  );
}
