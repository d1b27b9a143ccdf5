import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Box, Checkbox, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconEye, IconUsers } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import { useCategories, useMe } from "~/api/me";
import type { Achievement } from "~/api/schema";
import { Facts } from "~/features/achievements/Facts";
import { Timeline } from "~/features/achievements/Timeline";
import { useTitle } from "~/features/achievements/useTitle";
import { EvidenceViewer } from "~/features/evidence/EvidenceViewer";
import { DecidedPanel } from "~/features/review/DecidedPanel";
import { DecisionPanel } from "~/features/review/DecisionPanel";
import { StudentHistory } from "~/features/review/StudentHistory";
import { Warnings } from "~/features/review/Warnings";
import { Comments } from "~/features/workflow/Comments";
import { CorrectionPanel } from "~/features/workflow/CorrectionPanel";
import { RevisionChanges } from "~/features/workflow/RevisionChanges";
import { formatAgo } from "~/i18n/format";
import { Person, scriptOf } from "~/ui/Person";
import { StatusBadge } from "~/ui/StatusBadge";

import classes from "./ReviewPage.module.css";

interface Props {
  item: Achievement;
  moveOn: (decided: Achievement, sentence: string) => void;
  skip: () => void;
  reload: () => void;
}

/** Evidence beside facts; below them what to check, and the three buttons. */
export function ReviewItem({ item, moveOn, skip, reload }: Props) {
  const { t } = useLingui();
  const me = useMe();
  const heading = useRef<HTMLHeadingElement>(null);
  const category = useCategories().data?.find(({ code }) => code === item.category.code);
  const [checked, setChecked] = useState<string[]>([]);
  const title = useTitle(item.title);
  const open = item.allowed.includes("approve");

  // The next item came by itself: the focus goes to its name, and a screen reader says it.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
    document.title = `${title} · Student Hub`;
  }, [title]);

  return (
    <>
      <Group gap="sm" mb="md">
        <Title order={1} ref={heading} tabIndex={-1} className={classes.title} lang={scriptOf(title)}>
          {title}
        </Title>
        {!open && <StatusBadge status={item.status} size="lg" />}
        <Warnings item={item} />
      </Group>
      <Box className={classes.columns}>
        <Box className={classes.evidence}>
          <EvidenceViewer evidence={item.evidence} />
        </Box>
        <Stack gap="md" miw={0}>
          <Paper className={classes.card}>
            <Group justify="space-between" wrap="nowrap" mb="md">
              <Person
                name={item.student.full_name}
                native={item.student.full_name_native}
                note={`${item.student.roll_number} · ${item.student.department}`}
                size={42}
              />
              <Text size="xs" c="dimmed" ta="right">
                {item.submitted_at && formatAgo(item.submitted_at)}
              </Text>
            </Group>
            <Facts achievement={item} />
          </Paper>
          {item.claim && item.claim.by_id !== me.id && (
            <Alert variant="light" color="gray" icon={<IconEye size={20} />} role="status">
              <Trans>{item.claim.by} is looking at this at the moment.</Trans>
            </Alert>
          )}
          {item.awaiting_second && (
            <Alert variant="light" icon={<IconUsers size={20} />} role="status">
              <Trans>
                This takes {item.approvals.needed} reviewers; {item.approvals.given} has approved it.
              </Trans>
            </Alert>
          )}
          {/* The student's next draft is nobody else's. */}
          {item.revision > 1 && item.status !== "draft" && <RevisionChanges item={item} />}
          {item.status === "correction_proposed" && <CorrectionPanel item={item} />}
          {open && category && category.checklist.length > 0 && (
            <Paper className={classes.card}>
              <Title order={2} mb="sm">
                <Trans>To check</Trans>
              </Title>
              <Checkbox.Group value={checked} onChange={setChecked} aria-label={t`To check`}>
                <Stack gap={10}>
                  {category.checklist.map((point) => (
                    <Checkbox key={point} value={point} label={point} />
                  ))}
                </Stack>
              </Checkbox.Group>
            </Paper>
          )}
          {open ? (
            <DecisionPanel
              item={item}
              category={category}
              checked={checked}
              moveOn={moveOn}
              skip={skip}
              reload={reload}
            />
          ) : (
            <DecidedPanel item={item} />
          )}
          <Paper className={classes.card}>
            <Title order={2} mb={4}>
              <Trans>This student</Trans>
            </Title>
            <Text size="sm" c="dimmed" mb="sm">
              <Plural
                value={item.previous_approvals}
                _0="Nothing approved so far"
                one="# approved so far"
                other="# approved so far"
              />
            </Text>
            <StudentHistory student={item.student.id} except={item.id} />
          </Paper>
          <Comments id={item.id} />
          <Paper className={classes.card}>
            <Title order={2} mb="md">
              <Trans>Timeline</Trans>
            </Title>
            <Timeline id={item.id} />
          </Paper>
        </Stack>
      </Box>
    </>
  );
}
