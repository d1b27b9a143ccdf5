import { Trans, useLingui } from "@lingui/react/macro";
import { Textarea } from "@mantine/core";
import { useState } from "react";

import type { Key } from "~/api/schema";
import { useKeyAction } from "~/features/keys/api";
import { AskDialog } from "~/ui/AskDialog";
import { toastDone } from "~/ui/toasts";

/** A suspicion stops a key at once; lifting the freeze takes a second person. Both want a reason. */
export function SuspicionDialog({
  signingKey,
  action,
  close,
}: {
  signingKey: Key;
  action: "freeze" | "unfreeze";
  close: () => void;
}) {
  const { t } = useLingui();
  const freezing = action === "freeze";
  const change = useKeyAction(signingKey, action);
  const [reason, setReason] = useState("");
  return (
    <AskDialog
      title={freezing ? t`Freeze this key?` : t`Lift the freeze?`}
      label={freezing ? t`Freeze it now` : t`Ask a second person`}
      danger={freezing}
      ready={reason.trim() !== ""}
      busy={change.isPending}
      error={change.error}
      close={close}
      act={() =>
        change.mutate(
          { reason: reason.trim() },
          {
            onSuccess: () => {
              toastDone(
                freezing ? t`Frozen: it signs nothing` : t`It waits for a second person, who has to agree`,
              );
              close();
            },
          },
        )
      }
    >
      {freezing ? (
        <Trans>
          It signs nothing from now on, and verifiers warn of what it has signed, until two people say that it
          was a false alarm or that the key is in other hands. Approvals go on and wait for a key.
        </Trans>
      ) : (
        <Trans>
          A false alarm? As soon as a second person agrees, the key signs again and the warning goes.
        </Trans>
      )}
      <Textarea
        mt="md"
        label={t`Reason`}
        description={t`People of your college read it`}
        autosize
        minRows={2}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </AskDialog>
  );
}
