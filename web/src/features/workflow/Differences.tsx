import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans } from "@lingui/react/macro";
import { VisuallyHidden } from "@mantine/core";

import { useCategories } from "~/api/me";
import type { Changed, Level, Outcome } from "~/api/schema";
import { formatDay } from "~/i18n/format";
import { LEVELS, OUTCOMES } from "~/ui/words";

import classes from "./workflow.module.css";

const FIELDS: Record<string, MessageDescriptor> = {
  title: msg`Title`,
  category: msg`Category`,
  level: msg`Level`,
  outcome: msg`Result`,
  organiser: msg`Organised by`,
  started_on: msg`From`,
  ended_on: msg`Until`,
  role: msg`Part`,
  hours: msg`Hours`,
  team: msg`Team`,
  skills: msg`Skills`,
  description: msg`What it was about`,
};

/** Fact by fact: what it was, struck through, and what it is now. */
export function Differences({ changes }: { changes: [field: string, change: Changed][] }) {
  const { _ } = useLingui();
  const categories = useCategories().data ?? [];
  const word = (field: string, value: unknown): string => {
    if (value === null || value === undefined || value === "") return "–";
    if (field === "level") return _(LEVELS[value as Level] ?? msg`Level`);
    if (field === "outcome") return _(OUTCOMES[value as Outcome] ?? msg`Result`);
    if (field === "category") return categories.find(({ code }) => code === value)?.name ?? String(value);
    if (field === "started_on" || field === "ended_on") return formatDay(String(value));
    return Array.isArray(value) ? value.join(", ") || "–" : String(value);
  };
  return (
    <dl className={classes.differences}>
      {changes.map(([field, { from, to }]) => (
        <div key={field}>
          <dt>{FIELDS[field] ? _(FIELDS[field]) : field}</dt>
          <dd>
            <del>
              <VisuallyHidden>
                <Trans>was</Trans>{" "}
              </VisuallyHidden>
              {word(field, from)}
            </del>{" "}
            <ins>
              <VisuallyHidden>
                <Trans>is now</Trans>{" "}
              </VisuallyHidden>
              {word(field, to)}
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
