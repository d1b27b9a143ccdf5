import { Trans, useLingui } from "@lingui/react/macro";
import { Kbd, Modal, Switch, Table } from "@mantine/core";

import { useShortcutsWanted } from "~/features/review/shortcutsWanted";

/** What the keys do, and the switch for them. */
export function ShortcutHelp({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useLingui();
  const [wanted, setWanted] = useShortcutsWanted();
  const rows: [string, string][] = [
    ["A", t`Approve`],
    ["C", t`Ask for changes`],
    ["R", t`Reject`],
    ["J", t`Next item`],
    ["K", t`Previous item`],
    ["U", t`Back to the queue`],
    ["?", t`This list`],
  ];
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t`Keyboard shortcuts`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Table mb="md">
        <Table.Tbody>
          {rows.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Td w={60}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Switch
        checked={wanted}
        onChange={(event) => setWanted(event.currentTarget.checked)}
        label={<Trans>Single-letter shortcuts</Trans>}
      />
    </Modal>
  );
}
