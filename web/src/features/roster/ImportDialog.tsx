import { Plural, Trans, useLingui } from "@lingui/react/macro";
import {
  Alert,
  Anchor,
  Button,
  Code,
  FileButton,
  Group,
  Modal,
  ScrollArea,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconFileSpreadsheet } from "@tabler/icons-react";
import { useState } from "react";

import type { ImportReport } from "~/api/schema";
import { CSV_HEADER, useImportRoster } from "~/features/roster/api";
import { saveFile } from "~/ui/saveFile";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";

import classes from "./RosterPage.module.css";

/** A CSV is checked first, row by row; only then is it imported. */
export function ImportDialog({ close }: { close: () => void }) {
  const { t } = useLingui();
  const [file, setFile] = useState<{ name: string; csv: string } | null>(null);
  const check = useImportRoster();
  const commit = useImportRoster();
  const answer = check.data;

  async function choose(chosen: File | null) {
    if (!chosen) return;
    commit.reset();
    const csv = await chosen.text();
    setFile({ name: chosen.name, csv });
    check.mutate({ csv, dry_run: true });
  }

  function importNow() {
    if (!file) return;
    commit.mutateAsync({ csv: file.csv, dry_run: false }).then(
      ({ created, updated }) => {
        toastDone(t`Imported: ${created} new, ${updated} changed`);
        close();
      },
      () => undefined, // commit.error shows it
    );
  }

  return (
    <Modal
      opened
      onClose={close}
      size="xl"
      title={t`Import the roster`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Stack>
        <Text size="sm">
          <Trans>A CSV file in UTF-8 with these columns; the last three may be empty:</Trans>{" "}
          <Code className={classes.header}>{CSV_HEADER}</Code>{" "}
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => saveFile(new Blob([`${CSV_HEADER}\n`], { type: "text/csv" }), "roster.csv")}
          >
            <Trans>Download an empty one</Trans>
          </Anchor>
        </Text>
        <Group>
          <FileButton onChange={choose} accept=".csv,text/csv">
            {(props) => (
              <Button
                variant={file ? "default" : "filled"}
                leftSection={<IconFileSpreadsheet size={18} />}
                loading={check.isPending}
                {...props}
              >
                {file ? <Trans>Choose another file</Trans> : <Trans>Choose the file</Trans>}
              </Button>
            )}
          </FileButton>
          {file && (
            <Text size="sm" c="dimmed">
              {file.name}
            </Text>
          )}
        </Group>
        <FormProblem error={check.error ?? commit.error} />
        {answer && <Outcome answer={answer} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button disabled={!answer || answer.accepted === 0} loading={commit.isPending} onClick={importNow}>
            {answer ? (
              <Plural value={answer.accepted} one="Import # row" other="Import # rows" />
            ) : (
              <Trans>Import</Trans>
            )}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Outcome({ answer: { accepted, created, updated, errors } }: { answer: ImportReport }) {
  const { t } = useLingui();
  return (
    <>
      <Alert
        variant="light"
        color={errors.length > 0 ? "orange" : "green"}
        icon={errors.length > 0 ? <IconAlertTriangle size={20} /> : <IconCircleCheck size={20} />}
      >
        <Trans>
          Checked, nothing written yet: {accepted} rows are fine ({created} new, {updated} changed).
        </Trans>{" "}
        {errors.length > 0 && (
          <Plural
            value={errors.length}
            one="# row has an error and is left out."
            other="# errors; their rows are left out."
          />
        )}
      </Alert>
      {errors.length > 0 && (
        <ScrollArea.Autosize mah={280} type="auto">
          <Table striped aria-label={t`Errors`}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>
                  <Trans>Row</Trans>
                </Table.Th>
                <Table.Th>
                  <Trans>Column</Trans>
                </Table.Th>
                <Table.Th>
                  <Trans>What is wrong</Trans>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {errors.map(({ row, column, code, detail }) => (
                <Table.Tr key={`${row}-${column}-${code}`}>
                  <Table.Td className="tabular">{row}</Table.Td>
                  <Table.Td>
                    <Code>{column}</Code>
                  </Table.Td>
                  <Table.Td>{detail}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </>
  );
}
