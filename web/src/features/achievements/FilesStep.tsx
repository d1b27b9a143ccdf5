import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconArrowRight, IconInfoCircle } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import type { Achievement } from "~/api/schema";
import { CategoryTiles } from "~/features/achievements/CategoryTiles";
import { EvidenceDrop } from "~/features/achievements/EvidenceDrop";
import { KeptEvidence, UploadTray } from "~/features/achievements/EvidenceTray";
import { MAX_FILES, type Refusal, refusal, type useUploads } from "~/features/achievements/uploads";
import { takeShared } from "~/outbox/store";
import { toastFailed } from "~/ui/toasts";

interface Props {
  achievement: Achievement | null;
  uploads: ReturnType<typeof useUploads>;
  chosen: string | undefined;
  chooseCategory: (code: string) => void;
  /** Files another app shared are waiting. */
  shared: boolean;
  sharedTaken: () => void;
  onward: () => void;
}

/** Step 1: the certificate is in the hand, so the files come first, then what kind it is. */
export function FilesStep({
  achievement,
  uploads,
  chosen,
  chooseCategory,
  shared,
  sharedTaken,
  onward,
}: Props) {
  const { t } = useLingui();
  const [refused, setRefused] = useState<{ name: string; why: Refusal }[]>([]);
  const kept = achievement?.evidence ?? [];

  function take(files: File[]) {
    const taken: File[] = [];
    const notTaken: typeof refused = [];
    for (const file of files) {
      const why = refusal(file, kept.length + uploads.tray.length + taken.length);
      if (why) notTaken.push({ name: file.name, why });
      else taken.push(file);
    }
    void uploads.add(taken).catch(toastFailed);
    setRefused(notTaken);
  }

  const latest = useRef({ take, sharedTaken });
  latest.current = { take, sharedTaken };
  useEffect(() => {
    if (!shared) return;
    void takeShared().then((files) => {
      latest.current.take(files);
      latest.current.sharedTaken();
    });
  }, [shared]);

  return (
    <Stack gap="xl">
      <Stack gap="sm">
        <EvidenceDrop take={take} room={MAX_FILES - kept.length - uploads.tray.length} />
        {refused.length > 0 && (
          <Alert
            color="red"
            variant="light"
            role="alert"
            withCloseButton
            closeButtonLabel={t`Close`}
            onClose={() => setRefused([])}
          >
            {refused.map(({ name, why }) => (
              <Text size="sm" key={name}>
                <b>{name}</b>: <RefusalText why={why} />
              </Text>
            ))}
          </Alert>
        )}
        <UploadTray uploads={uploads} waiting={!achievement} />
        {achievement && <KeptEvidence achievement={achievement} />}
        {uploads.tray.length > 0 && !achievement && (
          <Alert variant="light" icon={<IconInfoCircle size={18} />}>
            <Trans>Choose the kind below, and the upload starts.</Trans>
          </Alert>
        )}
      </Stack>
      <Stack gap="sm">
        <Title order={2}>
          <Trans>What kind of achievement is it?</Trans>
        </Title>
        <CategoryTiles chosen={chosen} choose={chooseCategory} />
      </Stack>
      <Group justify="flex-end">
        <Button
          size="md"
          disabled={!achievement}
          rightSection={<IconArrowRight size={18} />}
          onClick={onward}
        >
          <Trans>Continue</Trans>
        </Button>
      </Group>
    </Stack>
  );
}

function RefusalText({ why }: { why: Refusal }) {
  const { t } = useLingui();
  if (why === "too_large") return t`larger than 25 MB`;
  if (why === "unsupported_type") return t`not a JPEG, PNG, WebP or PDF`;
  return t`more than ${MAX_FILES} files`;
}
