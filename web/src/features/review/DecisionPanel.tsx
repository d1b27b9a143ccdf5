import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, SimpleGrid } from "@mantine/core";
import { IconCheck, IconMessageReply, IconPencil, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";

import { hasCode } from "~/api/problem";
import type { Achievement, Category, DecisionRequest } from "~/api/schema";
import { useDecide } from "~/features/review/api";
import { ChangesForm } from "~/features/review/ChangesForm";
import { RejectForm } from "~/features/review/RejectForm";
import { StaleNotice } from "~/features/review/StaleNotice";
import { useShortcuts } from "~/features/review/shortcuts";
import { useShortcutsWanted } from "~/features/review/shortcutsWanted";
import { CorrectionForm } from "~/features/workflow/CorrectionForm";
import { FormProblem } from "~/ui/states";

import classes from "./ReviewPage.module.css";

interface Props {
  item: Achievement;
  category: Category | undefined;
  /** The points of the checklist that were ticked. */
  checked: string[];
  moveOn: (decided: Achievement, sentence: string) => void;
  skip: () => void;
  reload: () => void;
}

type Form = "changes" | "reject" | "correction" | null;

/** The three ways to decide. What was typed stays until the server has it. */
export function DecisionPanel({ item, category, checked, moveOn, skip, reload }: Props) {
  const { t } = useLingui();
  const decide = useDecide();
  const [form, setForm] = useState<Form>(null);
  const [wanted] = useShortcutsWanted();
  const panel = useRef<HTMLElement>(null);
  const may = (action: Achievement["allowed"][number]) => item.allowed.includes(action);

  function send(decision: DecisionRequest) {
    if (decide.isPending) return;
    // The promise, not mutate()'s callback: this panel is gone as soon as the item counts as decided.
    decide.mutateAsync({ item, decision }).then(
      (decided) => moveOn(decided, sentenceOf(decision, decided)),
      () => undefined, // decide.error shows it
    );
  }

  function sentenceOf({ action }: DecisionRequest, decided: Achievement): string {
    const name = item.student.full_name;
    if (action === "propose_correction") return t`Correction proposed: ${name}`;
    if (decided.awaiting_second) return t`Approved, a second reviewer has to agree: ${name}`;
    if (action === "approve") return t`Approved: ${name}`;
    return action === "reject" ? t`Rejected: ${name}` : t`Changes asked: ${name}`;
  }

  const approve = () => send({ action: "approve", checklist: checked });
  useShortcuts(
    {
      a: may("approve") && !form ? approve : undefined,
      c: may("request_changes") ? () => setForm("changes") : undefined,
      r: may("reject") ? () => setForm("reject") : undefined,
    },
    wanted,
  );

  const stale = hasCode(decide.error, "stale_version") ? decide.error : null;
  return (
    <Box
      component="section"
      className={classes.decide}
      aria-label={t`Decision`}
      ref={panel}
      tabIndex={-1}
      onKeyDown={({ key }) => {
        if (key !== "Escape" || !form) return;
        setForm(null);
        panel.current?.focus();
      }}
    >
      {stale && (
        <StaleNotice
          problem={stale.problem}
          skip={skip}
          reload={() => {
            reload();
            decide.reset();
          }}
        />
      )}
      {!stale && <FormProblem error={decide.error} />}
      {form === "changes" && (
        <ChangesForm
          checklist={category?.checklist ?? []}
          busy={decide.isPending}
          cancel={() => setForm(null)}
          send={(comment, checklist) =>
            send({ action: "request_changes", comment: comment || null, checklist })
          }
        />
      )}
      {form === "reject" && (
        <RejectForm
          reasons={category?.reject_reasons ?? []}
          busy={decide.isPending}
          cancel={() => setForm(null)}
          send={(reason, comment) => send({ action: "reject", reason, comment })}
        />
      )}
      {form === "correction" && (
        <CorrectionForm
          item={item}
          busy={decide.isPending}
          cancel={() => setForm(null)}
          send={(changes, comment) => send({ action: "propose_correction", changes, comment })}
        />
      )}
      {!form && (
        <SimpleGrid cols={{ base: 3 }} spacing={8} mt={decide.error ? "sm" : 0}>
          <Button
            color="green.8"
            className={classes.choice}
            leftSection={<IconCheck size={18} />}
            loading={decide.isPending}
            disabled={!may("approve")}
            onClick={approve}
          >
            <Trans>Approve</Trans>&nbsp;{wanted && <Key name="A" />}
          </Button>
          <Button
            variant="default"
            className={classes.choice}
            leftSection={<IconMessageReply size={18} />}
            disabled={!may("request_changes")}
            onClick={() => setForm("changes")}
          >
            <Trans>Changes</Trans>&nbsp;{wanted && <Key name="C" />}
          </Button>
          <Button
            variant="default"
            className={classes.choice}
            c="var(--mantine-color-error)"
            leftSection={<IconX size={18} />}
            disabled={!may("reject")}
            onClick={() => setForm("reject")}
          >
            <Trans>Reject</Trans>&nbsp;{wanted && <Key name="R" />}
          </Button>
        </SimpleGrid>
      )}
      {!form && may("propose_correction") && (
        <Button
          variant="subtle"
          size="compact-sm"
          fullWidth
          mt={8}
          leftSection={<IconPencil size={16} />}
          onClick={() => setForm("correction")}
        >
          <Trans>Small mistake? Propose a correction</Trans>
        </Button>
      )}
    </Box>
  );
}

function Key({ name }: { name: string }) {
  return (
    <Box component="span" visibleFrom="md" className={classes.key} aria-hidden>
      {name}
    </Box>
  );
}
