import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Text, Timeline as Line } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  IconArchive,
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconCircleX,
  IconFileCertificate,
  IconGitPullRequestDraft,
  IconHourglassHigh,
  IconMessage,
  IconMessageReply,
  IconPencil,
  IconPoint,
  IconRefresh,
  IconReplace,
  IconRosetteDiscountCheck,
  IconScale,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import type { TimelineEntry } from "~/api/schema";
import { timelineQuery } from "~/features/achievements/api";
import { formatTime } from "~/i18n/format";
import { scriptOf } from "~/ui/Person";
import { ErrorState, ListSkeleton } from "~/ui/states";

interface Look {
  word: MessageDescriptor;
  colour: string;
  icon: ComponentType<{ size?: number }>;
}

const LOOKS: Record<string, Look> = {
  created: { word: msg`Draft begun`, colour: "gray", icon: IconPencil },
  submitted: { word: msg`Submitted`, colour: "ink", icon: IconHourglassHigh },
  withdrawn: { word: msg`Withdrawn`, colour: "gray", icon: IconArrowBackUp },
  approved: { word: msg`Approved`, colour: "green", icon: IconRosetteDiscountCheck },
  rejected: { word: msg`Rejected`, colour: "red", icon: IconCircleX },
  changes_requested: { word: msg`Changes asked`, colour: "orange", icon: IconMessageReply },
  undone: { word: msg`Decision taken back`, colour: "gray", icon: IconArrowBackUp },
  issued: { word: msg`Credential signed`, colour: "green", icon: IconFileCertificate },
  brought_along: { word: msg`Taken over from earlier records`, colour: "green", icon: IconArchive },
  reissued: { word: msg`Credential signed again`, colour: "green", icon: IconRefresh },
  first_approval: { word: msg`Approved by the first of two`, colour: "green", icon: IconCheck },
  correction_proposed: { word: msg`Correction proposed`, colour: "violet", icon: IconGitPullRequestDraft },
  correction_confirmed: { word: msg`Correction confirmed`, colour: "green", icon: IconCheck },
  correction_declined: { word: msg`Correction declined`, colour: "orange", icon: IconMessageReply },
  appealed: { word: msg`Appealed`, colour: "ink", icon: IconScale },
  amendment_begun: { word: msg`New version begun`, colour: "gray", icon: IconPencil },
  amendment_dropped: { word: msg`New version thrown away`, colour: "gray", icon: IconArrowBackUp },
  superseded: { word: msg`Replaced by a newer version`, colour: "gray", icon: IconReplace },
  commented: { word: msg`Comment`, colour: "gray", icon: IconMessage },
  revoked: { word: msg`Credential revoked`, colour: "red", icon: IconBan },
};

/** Who did what, when, and why: oldest first. */
export function Timeline({ id }: { id: string }) {
  const { _ } = useLingui();
  const timeline = useQuery(timelineQuery(id));
  if (timeline.isPending) return <ListSkeleton rows={3} height={48} />;
  if (timeline.isLoadingError) return <ErrorState error={timeline.error} retry={() => timeline.refetch()} />;
  return (
    <Line bulletSize={26} lineWidth={2} active={timeline.data.length}>
      {timeline.data.map((entry) => {
        const { word, colour, icon: Icon } = look(entry);
        return (
          <Line.Item
            key={entry.id}
            color={colour}
            bullet={<Icon size={15} />}
            title={
              <Text size="sm" fw={600}>
                {_(word)}
              </Text>
            }
          >
            <Text size="xs" c="dimmed">
              {[entry.by, formatTime(entry.at)].filter(Boolean).join(" · ")}
            </Text>
            {entry.text && (
              <Text size="sm" mt={4} lang={scriptOf(entry.text)} style={{ whiteSpace: "pre-line" }}>
                {entry.text}
              </Text>
            )}
          </Line.Item>
        );
      })}
    </Line>
  );
}

/** A newer server may tell of kinds this build does not know: they show under their own name. */
function look({ kind }: TimelineEntry): Look {
  return (
    LOOKS[kind] ?? { word: { id: kind, message: kind.replaceAll("_", " ") }, colour: "gray", icon: IconPoint }
  );
}
