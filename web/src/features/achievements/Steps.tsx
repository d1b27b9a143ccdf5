import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { UnstyledButton } from "@mantine/core";

import classes from "./Steps.module.css";

export type Step = "files" | "details" | "review";

const STEPS: [Step, MessageDescriptor][] = [
  ["files", msg`Proof`],
  ["details", msg`Details`],
  ["review", msg`Check and submit`],
];

/** The three steps; later ones open once there is a draft. */
export function Steps({
  current,
  reachable,
  go,
}: {
  current: Step;
  reachable: boolean;
  go: (step: Step) => void;
}) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const at = STEPS.findIndex(([step]) => step === current);
  return (
    <ol className={classes.steps} aria-label={t`Steps`}>
      {STEPS.map(([step, label], index) => (
        <li key={step}>
          <UnstyledButton
            className={classes.step}
            data-done={index < at || undefined}
            aria-current={index === at ? "step" : undefined}
            disabled={!reachable && index > 0}
            onClick={() => go(step)}
          >
            <span className={classes.number}>{index + 1}</span>
            {_(label)}
          </UnstyledButton>
        </li>
      ))}
    </ol>
  );
}
