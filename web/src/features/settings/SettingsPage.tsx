import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import {
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput,
  useMantineColorScheme,
} from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useState } from "react";

import { useChangeMe, useMay, useMe } from "~/api/me";
import { useShortcutsWanted } from "~/features/review/shortcutsWanted";
import { SettingsFrame } from "~/features/settings/SettingsFrame";
import { useSignOut } from "~/features/shell/SignOutDialog";
import { isLanguage, LANGUAGES, speak } from "~/i18n/i18n";
import { Card } from "~/ui/Card";
import { scriptOf } from "~/ui/Person";
import { FormProblem } from "~/ui/states";
import { toastDone } from "~/ui/toasts";
import { ROLES } from "~/ui/words";

export function SettingsPage() {
  const { _, i18n } = useLingui();
  const { t } = useMacro();
  const me = useMe();
  const may = useMay();
  const change = useChangeMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [shortcuts, setShortcuts] = useShortcutsWanted();
  const { ask, dialog } = useSignOut();
  return (
    <SettingsFrame>
      {dialog}
      <Stack gap="lg">
        <Card title={t`You`}>
          <Stack gap={2}>
            <Text fw={600}>{me.full_name}</Text>
            <Text size="sm" c="dimmed">
              {me.email}
            </Text>
            <Text size="sm" c="dimmed">
              {[
                ...me.roles.map((role) => _(ROLES[role])),
                me.department?.name,
                me.programme?.name,
                me.batch,
                me.roll_number,
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </Stack>
          <NativeName />
        </Card>
        <Card title={t`Look and language`}>
          <NativeSelect
            label={t`Language`}
            value={i18n.locale}
            onChange={({ currentTarget: { value } }) => {
              if (!isLanguage(value)) return;
              void speak(value);
              change.mutate({ language: value });
            }}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          />
          <div>
            <Text size="sm" fw={500} mb={4} id="colours">
              <Trans>Colours</Trans>
            </Text>
            <SegmentedControl
              aria-labelledby="colours"
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
              data={[
                { value: "auto", label: t`As the device` },
                { value: "light", label: t`Light` },
                { value: "dark", label: t`Dark` },
              ]}
            />
          </div>
        </Card>
        {may("review:decide") && (
          <Card title={t`Keyboard`}>
            <Switch
              label={t`Single-letter shortcuts in the review`}
              description={t`A approves, C asks for changes, R rejects, J and K move. Switch them off if you use voice control.`}
              checked={shortcuts}
              onChange={(event) => setShortcuts(event.currentTarget.checked)}
            />
          </Card>
        )}
        <Group>
          <Button variant="default" leftSection={<IconLogout size={18} />} onClick={ask}>
            <Trans>Sign out</Trans>
          </Button>
        </Group>
      </Stack>
    </SettingsFrame>
  );
}

function NativeName() {
  const { t } = useMacro();
  const me = useMe();
  const change = useChangeMe();
  const [name, setName] = useState(me.full_name_native ?? "");
  const changed = name.trim() !== (me.full_name_native ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ full_name_native: name.trim() || null }, { onSuccess: () => toastDone(t`Saved`) });
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput
          flex="1 1 240px"
          label={t`Name in your own script`}
          description={t`Shown beside your name on credentials and the portfolio`}
          value={name}
          lang={scriptOf(name)}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!changed} loading={change.isPending}>
          <Trans>Save</Trans>
        </Button>
      </Group>
      <FormProblem error={change.error} />
    </form>
  );
}
