import { Trans, useLingui } from "@lingui/react/macro";
import { Badge, Box, Button, Paper, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconCheck, IconFileImport, IconListDetails, IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import type { RosterRow } from "~/api/schema";
import { useRoster } from "~/features/roster/api";
import { ImportDialog } from "~/features/roster/ImportDialog";
import { LoadMore } from "~/ui/LoadMore";
import { PageHeader } from "~/ui/PageHeader";
import { Person } from "~/ui/Person";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./RosterPage.module.css";

/** The college's own list of its students; a registration that matches it is confirmed by itself. */
export function RosterPage() {
  const { t } = useLingui();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 300);
  const [importing, { open, close }] = useDisclosure(false);
  const list = useRoster(q);
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <PageHeader
        title={t`Roster`}
        note={
          <Trans>Who is a student of this college. A registration that matches is confirmed by itself.</Trans>
        }
      >
        <Button leftSection={<IconFileImport size={18} />} onClick={open}>
          <Trans>Import CSV</Trans>
        </Button>
      </PageHeader>
      <TextInput
        mb="md"
        aria-label={t`Search by name, e-mail or roll number`}
        placeholder={t`Name, e-mail or roll number`}
        leftSection={<IconSearch size={17} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {list.isPending && <ListSkeleton rows={8} height={48} />}
      {list.isLoadingError && <ErrorState error={list.error} retry={() => list.refetch()} />}
      {list.data && rows.length === 0 && (
        <EmptyState
          icon={<IconListDetails size={30} />}
          title={q ? t`Nobody matches` : t`The roster is empty`}
        >
          {!q && <Trans>Import the list of students from the college's system as CSV.</Trans>}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <>
          <Paper className={classes.card} visibleFrom="sm">
            <RosterTable rows={rows} />
          </Paper>
          <Paper className={classes.card} hiddenFrom="sm">
            {rows.map((row) => (
              <Box key={row.id} className={classes.item}>
                <Person
                  name={row.full_name}
                  native={row.full_name_native}
                  note={`${row.roll_number} · ${row.programme} · ${row.batch}`}
                />
                {row.taken && <Taken />}
              </Box>
            ))}
          </Paper>
        </>
      )}
      <LoadMore of={list} />
      {importing && <ImportDialog close={close} />}
    </>
  );
}

function RosterTable({ rows }: { rows: RosterRow[] }) {
  return (
    <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>
            <Trans>Roll number</Trans>
          </Table.Th>
          <Table.Th>
            <Trans>Name</Trans>
          </Table.Th>
          <Table.Th>
            <Trans>Programme</Trans>
          </Table.Th>
          <Table.Th>
            <Trans>Batch</Trans>
          </Table.Th>
          <Table.Th>
            <Trans>E-mail</Trans>
          </Table.Th>
          <Table.Th>
            <Trans>Account</Trans>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td className="tabular">{row.roll_number}</Table.Td>
            <Table.Td fw={600}>
              {row.full_name}{" "}
              {row.full_name_native && (
                <Text span size="sm" c="dimmed">
                  {row.full_name_native}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{row.programme}</Table.Td>
            <Table.Td className={`tabular ${classes.whole}`}>{row.batch}</Table.Td>
            <Table.Td>{row.email}</Table.Td>
            <Table.Td>{row.taken && <Taken />}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Taken() {
  return (
    <Badge
      variant="light"
      color="green"
      tt="none"
      radius="sm"
      miw="max-content"
      leftSection={<IconCheck size={13} />}
    >
      <Trans>Registered</Trans>
    </Badge>
  );
}
