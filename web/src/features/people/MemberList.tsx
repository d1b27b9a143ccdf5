import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Box, Group, NativeSelect, Paper, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { useState } from "react";

import type { MemberState, Role } from "~/api/schema";
import { useMembers } from "~/features/people/api";
import { LoadMore } from "~/ui/LoadMore";
import { Person } from "~/ui/Person";
import { EmptyState, ErrorState, ListSkeleton } from "~/ui/states";
import { MEMBER_STATES, ROLES } from "~/ui/words";

import classes from "./people.module.css";

/** All members, searched and filtered on the server. */
export function MemberList() {
  const { _ } = useLingui();
  const { t } = useMacro();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 300);
  const [role, setRole] = useState<Role | "">("");
  const [state, setState] = useState<MemberState | "">("");
  const list = useMembers({ q: q || undefined, role: role || undefined, state: state || undefined });
  const members = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <Group mb="md" gap="sm">
        <TextInput
          aria-label={t`Search by name, e-mail or roll number`}
          placeholder={t`Name, e-mail or roll number`}
          leftSection={<IconSearch size={17} />}
          flex="1 1 220px"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NativeSelect
          flex={{ base: "1 1 130px", sm: "0 1 auto" }}
          aria-label={t`Role`}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as Role | "")}
          data={[
            { value: "", label: t`All roles` },
            ...Object.entries(ROLES).map(([value, label]) => ({ value, label: _(label) })),
          ]}
        />
        <NativeSelect
          flex={{ base: "1 1 130px", sm: "0 1 auto" }}
          aria-label={t`State`}
          value={state}
          onChange={(event) => setState(event.currentTarget.value as MemberState | "")}
          data={[
            { value: "", label: t`All states` },
            ...Object.entries(MEMBER_STATES).map(([value, label]) => ({ value, label: _(label) })),
          ]}
        />
      </Group>
      {list.isPending && <ListSkeleton rows={6} />}
      {list.isLoadingError && <ErrorState error={list.error} retry={() => list.refetch()} />}
      {list.data && members.length === 0 && (
        <EmptyState icon={<IconUsers size={30} />} title={t`Nobody matches`} />
      )}
      {members.length > 0 && (
        <Paper className={classes.list}>
          {members.map((member) => (
            <div key={member.id} className={classes.row}>
              <Box flex="1 1 300px" miw={0}>
                <Person
                  name={member.full_name}
                  native={member.full_name_native}
                  note={[member.email, member.roll_number, member.department, member.batch]
                    .filter(Boolean)
                    .join(" · ")}
                />
              </Box>
              <Group gap={6}>
                {member.roles.map((held) => (
                  <Badge key={held} variant="light" tt="none" radius="sm">
                    {_(ROLES[held])}
                  </Badge>
                ))}
                {member.state !== "confirmed" && (
                  <Badge variant="light" color="orange" tt="none" radius="sm">
                    {_(MEMBER_STATES[member.state])}
                  </Badge>
                )}
              </Group>
            </div>
          ))}
        </Paper>
      )}
      <LoadMore of={list} />
    </>
  );
}
