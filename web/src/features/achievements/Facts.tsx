import { useLingui } from "@lingui/react";
import { Plural, useLingui as useMacro } from "@lingui/react/macro";
import { Badge, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

import type { Achievement } from "~/api/schema";
import { DOMAINS, PARTICULAR_LABELS } from "~/features/achievements/ParticularFields";
import { PARTICULARS } from "~/features/achievements/particulars";
import { formatDay } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { LEVELS, OUTCOMES } from "~/ui/words";

import classes from "./Facts.module.css";

/** What an achievement says, as names and values; empty ones are left out. */
export function Facts({ achievement }: { achievement: Achievement }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const {
    category,
    organiser,
    level,
    outcome,
    started_on,
    ended_on,
    role,
    hours,
    team,
    skills,
    description,
    particulars,
  } = achievement;
  const facts: [string, ReactNode][] = [
    [t`Category`, category.name],
    [t`Organised by`, organiser],
    [t`Level`, level && _(LEVELS[level])],
    [t`Result`, outcome && _(OUTCOMES[outcome])],
    [t`When`, range(started_on, ended_on)],
    [t`Part`, role],
    [t`Hours`, hours !== null && <Plural value={hours} one="# hour" other="# hours" />],
    [t`Team`, team],
    ...PARTICULARS.map((name): [string, ReactNode] => {
      const text = particulars?.[name];
      const word = name === "domain" && text ? DOMAINS[text] : undefined;
      return [_(PARTICULAR_LABELS[name]), word ? _(word) : text];
    }),
  ];
  return (
    <>
      <dl className={classes.facts}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd lang={typeof value === "string" ? scriptOf(value) : undefined}>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {skills.length > 0 && (
        <Group gap={6} mt="md">
          {skills.map((skill) => (
            <Badge key={skill} variant="light" color="gray" tt="none" fw={500} radius="sm">
              {skill}
            </Badge>
          ))}
        </Group>
      )}
      {description && (
        <Text size="sm" mt="md" lang={scriptOf(description)} style={{ whiteSpace: "pre-line" }}>
          {description}
        </Text>
      )}
    </>
  );
}

function range(from: string | null, until: string | null): string {
  if (from && until && from !== until) return `${formatDay(from)} – ${formatDay(until)}`;
  return formatDay(until ?? from);
}
