import { Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Box, Button, Code, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { RequestError } from "~/api/problem";
import { CodeField } from "~/features/auth/FactorFields";
import { QrCode } from "~/features/qr/QrCode";
import { beginTotp, confirmTotp, useFactors } from "~/features/security/api";
import { CodesToKeep } from "~/features/security/RecoveryCodes";
import { ErrorState, FormProblem } from "~/ui/states";

import classes from "./security.module.css";

/** The app scans, shows its first code, and from then on it is asked for (RFC 6238). */
export function TotpDialog({ close }: { close: () => void }) {
  const { t } = useLingui();
  // Shown once: never kept, never asked for again by itself.
  const offer = useQuery({
    queryKey: ["totp-offer"],
    queryFn: beginTotp,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const [code, setCode] = useState("");
  const confirm = useFactors(confirmTotp);
  const fault =
    confirm.error instanceof RequestError && confirm.error.code === "validation_failed"
      ? confirm.error.problem.errors?.[0]?.detail
      : undefined;
  return (
    <Modal
      opened
      size="lg"
      onClose={close}
      closeOnClickOutside={false}
      title={confirm.data ? t`Keep these recovery codes` : t`Set up an authenticator app`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {confirm.data ? (
        <CodesToKeep codes={confirm.data.recovery_codes} close={close} />
      ) : (
        <Stack>
          {offer.isPending && <Skeleton height={260} radius="md" />}
          {offer.isError && <ErrorState error={offer.error} retry={() => offer.refetch()} />}
          {offer.data && (
            <form
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                confirm.mutate(code);
              }}
            >
              <Stack>
                <Text size="sm">
                  <Trans>Scan this with the authenticator app on your phone.</Trans>
                </Text>
                <Box className={classes.code}>
                  <QrCode text={offer.data.otpauth} label={t`QR code for the authenticator app`} />
                </Box>
                <Text size="sm" c="dimmed" ta="center">
                  <Trans>
                    Is the app on this phone?{" "}
                    <Anchor href={offer.data.otpauth} underline="always">
                      Open it
                    </Anchor>
                    , or type this:
                  </Trans>
                </Text>
                <Code block ta="center">
                  {offer.data.secret.match(/.{1,4}/g)?.join(" ")}
                </Code>
                <CodeField recovery={false} value={code} change={setCode} error={fault} />
                <FormProblem error={fault ? null : confirm.error} />
                <Group justify="flex-end">
                  <Button variant="default" onClick={close}>
                    <Trans>Cancel</Trans>
                  </Button>
                  <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ""}>
                    <Trans>Turn it on</Trans>
                  </Button>
                </Group>
              </Stack>
            </form>
          )}
        </Stack>
      )}
    </Modal>
  );
}
