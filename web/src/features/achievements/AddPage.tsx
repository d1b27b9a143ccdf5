import { Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Box, Text } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { IconCheck, IconCloudOff, IconLoader2 } from "@tabler/icons-react";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";

import { hasCode } from "~/api/problem";
import { uuid7 } from "~/api/uuid";
import { ConflictNotice } from "~/features/achievements/ConflictNotice";
import { DetailsStep } from "~/features/achievements/DetailsStep";
import { FilesStep } from "~/features/achievements/FilesStep";
import { ReviewStep } from "~/features/achievements/ReviewStep";
import { type Step, Steps } from "~/features/achievements/Steps";
import { useUploads } from "~/features/achievements/uploads";
import { useDraft } from "~/features/achievements/useDraft";
import { PageHeader } from "~/ui/PageHeader";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./AddPage.module.css";

/** Add or edit an achievement in three steps, saved on the way. /achievements/new gets its id here. */
export function AddPage() {
  const { id } = useParams();
  // The id is made once and lives in the address: a reload or a retry speaks of the same draft.
  if (!id) return <Navigate to={`/achievements/${uuid7()}/edit?new`} replace />;
  return <Editor key={id} id={id} />;
}

function Editor({ id }: { id: string }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const isNew = search.has("new");
  const { draft, save } = useDraft(id, isNew);
  const achievement = draft.data;
  const uploads = useUploads(id, Boolean(achievement));
  const step = stepOf(search.get("step"));
  // Files that are not up yet live in this tab only.
  useWindowEvent("beforeunload", (event) => uploads.tray.length > 0 && event.preventDefault());

  const go = (to: Step, { born = Boolean(achievement) } = {}) =>
    navigate({ search: `?${born ? "" : "new&"}step=${to}` }, { replace: to === step });

  if (!isNew && draft.isPending) return <ListSkeleton rows={4} height={90} />;
  if (draft.isError && !achievement) return <ErrorState error={draft.error} retry={() => draft.refetch()} />;
  if (achievement && !achievement.allowed.includes("edit"))
    return <Navigate to={`/achievements/${id}`} replace />;

  return (
    <Box className={classes.page}>
      <PageHeader
        title={isNew ? t`Add achievement` : t`Edit achievement`}
        note={
          <SaveState
            saving={save.isPending}
            failed={save.isError}
            saved={Boolean(achievement)}
            retry={() => save.variables && save.mutate(save.variables)}
          />
        }
      />
      <Steps current={step} reachable={Boolean(achievement)} go={go} />
      {hasCode(save.error, "stale_version") && (
        <ConflictNotice reload={() => void draft.refetch().then(() => save.reset())} />
      )}
      {step === "files" && (
        <FilesStep
          achievement={achievement ?? null}
          uploads={uploads}
          chooseCategory={(category) =>
            save.mutate(
              { category },
              { onSuccess: () => isNew && navigate({ search: "?step=files" }, { replace: true }) },
            )
          }
          chosen={achievement?.category.code ?? (save.isPending ? save.variables?.category : undefined)}
          onward={() => go("details")}
        />
      )}
      {step === "details" && achievement && (
        <DetailsStep
          key={achievement.id}
          achievement={achievement}
          save={save.mutateAsync}
          back={() => go("files")}
          onward={() => go("review")}
        />
      )}
      {step === "review" && achievement && (
        <ReviewStep achievement={achievement} uploading={uploads.tray.length} go={go} />
      )}
    </Box>
  );
}

interface SaveStateProps {
  saving: boolean;
  failed: boolean;
  saved: boolean;
  retry: () => void;
}

function SaveState({ saving, failed, saved, retry }: SaveStateProps) {
  return (
    <Text span size="sm" role="status" className={classes.save}>
      {failed ? (
        <>
          <IconCloudOff size={16} aria-hidden /> <Trans>Not saved.</Trans>{" "}
          <Anchor component="button" type="button" size="sm" onClick={retry}>
            <Trans>Try again</Trans>
          </Anchor>
        </>
      ) : saving ? (
        <>
          <IconLoader2 size={16} aria-hidden /> <Trans>Saving…</Trans>
        </>
      ) : saved ? (
        <>
          <IconCheck size={16} aria-hidden /> <Trans>Draft saved</Trans>
        </>
      ) : (
        <Trans>Saved as you go</Trans>
      )}
    </Text>
  );
}

function stepOf(text: string | null): Step {
  return text === "details" || text === "review" ? text : "files";
}
