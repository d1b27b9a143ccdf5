import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCamera, IconCheck, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import { useCamera } from "~/features/camera/useCamera";
import { jpegOf } from "~/features/camera/shrink";
import { toastFailed } from "~/ui/toasts";

import classes from "./CameraDialog.module.css";

interface Shot {
  file: File;
  url: string;
}

/** The camera of the device: as many shots as the paper has pages, looked at before they are used. */
export default function CameraDialog({
  most,
  take,
  close,
  unavailable,
}: {
  /** How many shots there is room for. */
  most: number;
  take: (shots: File[]) => void;
  close: () => void;
  /** There is no camera, or it may not be used. */
  unavailable: () => void;
}) {
  const { t } = useLingui();
  const video = useRef<HTMLVideoElement>(null);
  const running = useCamera(video, unavailable);
  const [shots, setShots] = useState<Shot[]>([]);
  const urls = useRef<string[]>([]);
  useEffect(
    () => () => {
      for (const url of urls.current) URL.revokeObjectURL(url);
    },
    [],
  );

  async function shoot() {
    const camera = video.current;
    if (!camera || shots.length >= most) return;
    const name = `photo-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}-${shots.length + 1}`;
    const file = await jpegOf(camera, camera.videoWidth, camera.videoHeight, name);
    const url = URL.createObjectURL(file);
    urls.current.push(url);
    setShots((old) => [...old, { file, url }]);
  }

  return (
    <Modal
      opened
      onClose={close}
      fullScreen
      radius={0}
      title={t`Take photos`}
      closeButtonProps={{ "aria-label": t`Close` }}
      classNames={{ body: classes.body, content: classes.content }}
    >
      <Stack gap="sm" className={classes.stack}>
        <div className={classes.finder}>
          <video ref={video} autoPlay playsInline muted aria-label={t`What the camera sees`} />
        </div>
        <ul className={classes.shots} aria-label={t`Shots`}>
          {shots.map(({ file, url }, index) => (
            <li key={url}>
              <img src={url} alt={t`Shot ${index + 1}`} />
              <ActionIcon
                className={classes.remove}
                variant="filled"
                color="dark"
                radius="xl"
                size="sm"
                aria-label={t`Remove shot ${index + 1}`}
                onClick={() => setShots((old) => old.filter((shot) => shot.file !== file))}
              >
                <IconX size={15} />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <Text size="sm" ta="center" role="status" className={classes.hint}>
          {shots.length === 0 ? (
            <Trans>Fill the frame with the paper. One shot per page.</Trans>
          ) : (
            <Plural value={shots.length} one="# shot" other="# shots" />
          )}
        </Text>
        <Group justify="center" gap="md" wrap="nowrap">
          <Button
            size="lg"
            radius="xl"
            leftSection={<IconCamera size={22} />}
            disabled={!running || shots.length >= most}
            onClick={() => void shoot().catch(toastFailed)}
          >
            {shots.length === 0 ? <Trans>Take the photo</Trans> : <Trans>Another page</Trans>}
          </Button>
          {shots.length > 0 && (
            <Button
              size="lg"
              radius="xl"
              color="green.8"
              leftSection={<IconCheck size={22} />}
              onClick={() => {
                take(shots.map(({ file }) => file));
                close();
              }}
            >
              <Trans>Use them</Trans>
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
