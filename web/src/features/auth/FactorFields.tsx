import { Trans, useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";

/** Six digits of an authenticator app, or one of the recovery codes on paper. */
export function CodeField({
  recovery,
  value,
  change,
  error,
}: {
  recovery: boolean;
  value: string;
  change: (code: string) => void;
  error?: string;
}) {
  const { t } = useLingui();
  return (
    <TextInput
      size="md"
      data-autofocus
      label={recovery ? t`Recovery code` : t`Code of your authenticator app`}
      description={recovery ? t`One of the ten you wrote down; each works once` : t`Six digits`}
      autoComplete={recovery ? "off" : "one-time-code"}
      inputMode={recovery ? "text" : "numeric"}
      autoCapitalize="off"
      spellCheck={false}
      value={value}
      error={error}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

/** Asks the device: finger, face or PIN. */
export function PasskeyButton({
  use,
  busy,
  main = false,
}: {
  use: () => void;
  busy: boolean;
  main?: boolean;
}) {
  return (
    <Button
      size="md"
      variant={main ? "filled" : "default"}
      leftSection={<IconFingerprint size={20} />}
      loading={busy}
      onClick={use}
    >
      <Trans>Use a passkey</Trans>
    </Button>
  );
}
