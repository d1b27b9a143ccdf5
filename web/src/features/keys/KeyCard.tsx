import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans, useLingui as useMacro } from "@lingui/react/macro";
import { ActionIcon, Badge, Code, CopyButton, Group, Paper, Text, Title } from "@mantine/core";
import {
  IconArchive,
  IconCheck,
  IconCircleCheck,
  IconClock,
  IconCopy,
  IconShieldX,
  IconSnowflake,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { Key } from "~/api/schema";
import { KeyActions } from "~/features/keys/KeyActions";
import { formatAgo, formatDay, formatNumber } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";

import classes from "./KeyCard.module.css";

const PURPOSES: Record<Key["purpose"], MessageDescriptor> = {
  credentials: msg`Credentials`,
  documents: msg`PDF documents`,
  authority: msg`The college's certificates`,
  log: msg`Log of what was issued`,
};

const STATES: Record<
  Key["state"],
  { word: MessageDescriptor; colour: string; icon: ComponentType<{ size?: number }> }
> = {
  pending: { word: msg`Pending`, colour: "gray", icon: IconClock },
  active: { word: msg`Active`, colour: "green", icon: IconCircleCheck },
  retired: { word: msg`Retired, verifies only`, colour: "gray", icon: IconArchive },
  frozen: { word: msg`Frozen`, colour: "orange", icon: IconSnowflake },
  compromised: { word: msg`Compromised`, colour: "red", icon: IconShieldX },
};

/** One key: what it is for, how much it has signed, and its fingerprint to compare. */
export function KeyCard({ signingKey: key }: { signingKey: Key }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const { word, colour, icon: Icon } = STATES[key.state];
  const facts: [string, string][] = [
    [t`Signatures`, formatNumber(key.signatures)],
    [t`Last used`, key.last_used_at ? formatAgo(key.last_used_at) : t`never`],
    [t`Created`, formatDay(key.created_at)],
    key.retired_at
      ? [t`Retired`, formatDay(key.retired_at)]
      : [t`Active since`, formatDay(key.activated_at) || "–"],
  ];
  return (
    <Paper component="section" className={classes.card} data-retired={key.state === "retired" || undefined}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2}>{_(PURPOSES[key.purpose])}</Title>
          <Text size="xs" c="dimmed">
            {key.algorithm} · {key.kid}
          </Text>
        </div>
        <Badge
          color={colour}
          variant="light"
          tt="none"
          size="lg"
          radius="sm"
          leftSection={<Icon size={15} />}
        >
          {_(word)}
        </Badge>
      </Group>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="tabular">{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed" mb={2}>
        <Trans>Fingerprint of the public key (SHA-256)</Trans>
      </Text>
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Code className={classes.print}>{grouped(key.fingerprint)}</Code>
        <CopyButton value={key.fingerprint}>
          {({ copied, copy }) => (
            <ActionIcon aria-label={copied ? t`Copied` : t`Copy the fingerprint`} onClick={copy}>
              {copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
            </ActionIcon>
          )}
        </CopyButton>
      </Group>
      {key.frozen_reason && key.state === "frozen" && (
        <Text size="sm" mt="md" lang={scriptOf(key.frozen_reason)}>
          <b>
            <Trans>Why it is frozen:</Trans>
          </b>{" "}
          {key.frozen_reason}
        </Text>
      )}
      <KeyActions signingKey={key} />
    </Paper>
  );
}

/** Hex in groups of four, as people compare it. */
function grouped(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(" ") ?? hex;
}
