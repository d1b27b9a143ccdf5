import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Group, Text } from "@mantine/core";
import { IconCamera, IconCloudUpload, IconFolderOpen } from "@tabler/icons-react";
import { type ChangeEvent, type DragEvent, lazy, Suspense, useRef, useState } from "react";

import { ACCEPTED } from "~/features/achievements/uploads";
import { shrink } from "~/features/camera/shrink";

import classes from "./EvidenceDrop.module.css";

const CameraDialog = lazy(() => import("~/features/camera/CameraDialog"));

/** Where files come from: the camera, a drop, the file chooser. `room`: how many more may come. */
export function EvidenceDrop({ take, room }: { take: (files: File[]) => void; room: number }) {
  const { t } = useLingui();
  const [over, setOver] = useState(false);
  const [shooting, setShooting] = useState(false);
  const camera = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLInputElement>(null);

  function chosen(event: ChangeEvent<HTMLInputElement>) {
    take([...(event.currentTarget.files ?? [])]);
    // The same file chosen again must be a change again.
    event.currentTarget.value = "";
  }

  // The chooser's own camera takes one photo at a time: the way where a page may not use the camera.
  async function photographed(event: ChangeEvent<HTMLInputElement>) {
    const files = [...(event.currentTarget.files ?? [])];
    event.currentTarget.value = "";
    take(await Promise.all(files.map(shrink)));
  }

  function dropped(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  }

  return (
    <Box
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <IconCloudUpload size={36} stroke={1.4} aria-hidden />
      <Text fw={600}>
        <Trans>Add the certificate or another proof</Trans>
      </Text>
      <Text size="sm" c="dimmed">
        <Trans>JPEG, PNG, WebP or PDF, up to 25 MB each</Trans>
      </Text>
      <Group justify="center" gap="sm" mt="xs">
        <Button
          leftSection={<IconCamera size={18} />}
          disabled={room <= 0}
          onClick={() => setShooting(true)}
          hiddenFrom="sm"
        >
          <Trans>Take photos</Trans>
        </Button>
        <Button
          variant="default"
          leftSection={<IconFolderOpen size={18} />}
          onClick={() => chooser.current?.click()}
        >
          <Trans>Choose files</Trans>
        </Button>
      </Group>
      <Text size="xs" c="dimmed" visibleFrom="sm">
        <Trans>or drop them here</Trans>
      </Text>
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={t`Take a photo`}
        onChange={(event) => void photographed(event)}
      />
      <input
        ref={chooser}
        type="file"
        accept={ACCEPTED.join(",")}
        multiple
        hidden
        aria-label={t`Choose files`}
        onChange={chosen}
      />
      {shooting && (
        <Suspense>
          <CameraDialog
            most={room}
            take={take}
            close={() => setShooting(false)}
            unavailable={() => {
              setShooting(false);
              camera.current?.click();
            }}
          />
        </Suspense>
      )}
    </Box>
  );
}
