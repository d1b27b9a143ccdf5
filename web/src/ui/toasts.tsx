import { Button, Group, Text } from "@mantine/core";
import { type NotificationData, notifications } from "@mantine/notifications";
import { IconCheck, IconExclamationMark, IconSparkles } from "@tabler/icons-react";

import { problemText } from "~/ui/problemText";

/** How long a toast that can be undone stays, in milliseconds. */
const UNDO_FOR = 12_000;

export function toastDone(message: string): void {
  notifications.show({ message, color: "green", icon: <IconCheck size={18} /> });
}

export function toastFailed(error: unknown): void {
  notifications.show({
    message: problemText(error),
    color: "red",
    icon: <IconExclamationMark size={18} />,
    autoClose: 8000,
  });
}

/** A toast with one button; the toast goes when it is pressed. */
export function toastWithAction(message: string, label: string, action: () => void): void {
  show(message, label, action, { color: "green", icon: <IconCheck size={18} />, autoClose: UNDO_FOR });
}

/** A toast with one button that stays until it is pressed or closed. */
export function toastStaying(message: string, label: string, action: () => void): void {
  show(message, label, action, { icon: <IconSparkles size={18} />, autoClose: false });
}

function show(message: string, label: string, action: () => void, look: Partial<NotificationData>): void {
  const id = crypto.randomUUID();
  notifications.show({
    ...look,
    id,
    message: (
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          variant="light"
          size="compact-sm"
          onClick={() => {
            notifications.hide(id);
            action();
          }}
        >
          {label}
        </Button>
      </Group>
    ),
  });
}
