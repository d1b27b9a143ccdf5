import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Tabs } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMailPlus, IconMailQuestion, IconUserQuestion, IconUsers } from "@tabler/icons-react";
import { useSearchParams } from "react-router";

import { useMay } from "~/api/me";
import { InvitationList } from "~/features/people/InvitationList";
import { InviteDialog } from "~/features/people/InviteDialog";
import { MemberList } from "~/features/people/MemberList";
import { ToConfirm } from "~/features/people/ToConfirm";
import { PageHeader } from "~/ui/PageHeader";

import classes from "./people.module.css";

const TABS = ["confirm", "members", "invitations"] as const;

/** Everyone in the college: registrations to confirm, members, open invitations. */
export function PeoplePage() {
  const { t } = useLingui();
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find((known) => known === search.get("tab")) ?? "confirm";
  const [inviting, { open, close }] = useDisclosure(false);
  return (
    <>
      <PageHeader title={t`People`}>
        {may("invitation:create") && (
          <Button leftSection={<IconMailPlus size={18} />} onClick={open}>
            <Trans>Invite staff</Trans>
          </Button>
        )}
      </PageHeader>
      <Tabs
        value={tab}
        onChange={(value) => setSearch(value ? { tab: value } : {}, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md" className={classes.tabs}>
          <Tabs.Tab value="confirm" leftSection={<IconUserQuestion size={18} />}>
            <Trans>To confirm</Trans>
          </Tabs.Tab>
          <Tabs.Tab value="members" leftSection={<IconUsers size={18} />}>
            <Trans>Members</Trans>
          </Tabs.Tab>
          {may("invitation:create") && (
            <Tabs.Tab value="invitations" leftSection={<IconMailQuestion size={18} />}>
              <Trans>Invitations</Trans>
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="confirm">
          <ToConfirm />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <MemberList />
        </Tabs.Panel>
        <Tabs.Panel value="invitations">
          <InvitationList />
        </Tabs.Panel>
      </Tabs>
      {inviting && <InviteDialog close={close} />}
    </>
  );
}
