import { useLingui } from "@lingui/react/macro";
import { Box } from "@mantine/core";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";

import { hasCode } from "~/api/problem";
import { uuid7 } from "~/api/uuid";
import { ConflictNotice } from "~/features/achievements/ConflictNotice";
import { DetailsStep } from "~/features/achievements/DetailsStep";
import { FilesStep } from "~/features/achievements/FilesStep";
import { ReviewStep } from "~/features/achievements/ReviewStep";
import { SaveState, type Saving } from "~/features/achievements/SaveState";
import { type Step, Steps } from "~/features/achievements/Steps";
import { useDraft } from "~/features/achievements/useDraft";
import { useUploads } from "~/features/achievements/uploads";
import { sendOne } from "~/outbox/outbox";
import { dropParcel } from "~/outbox/store";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { PageHeader } from "~/ui/PageHeader";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./AddPage.module.css";

/** Add or edit an achievement in three steps, saved on the way. /achievements/new gets its id here. */
export function AddPage() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const shared = search.has("shared") ? "&shared" : "";
  // The id is made once and lives in the address: a reload or a retry speaks of the same draft.
  if (!id) return <Navigate to={`/achievements/${uuid7()}/edit?new${shared}`} replace />;
  return <Editor key={id} id={id} />;
}

function Editor({ id }: { id: string }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const isNew = search.has("new");
  const { achievement, onHub, parcel, known, save } = useDraft(id, isNew);
  const uploads = useUploads(id, !onHub);
  const step = stepOf(search.get("step"));

  const go = (to: Step) =>
    navigate({ search: `?${achievement ? "" : "new&"}step=${to}` }, { replace: to === step });

  function chooseCategory(category: string) {
    save.mutate(
      { category },
      {
        onSuccess: () => {
          if (isNew) navigate({ search: "?step=files" }, { replace: true });
          void sendOne(id);
        },
      },
    );
  }

  if (!isNew && !achievement && (known.isPending || parcel)) {
    if (known.isError) return <ErrorState whole error={known.error} retry={() => known.refetch()} />;
    if (!parcel) return <ListSkeleton rows={4} height={90} />;
  }
  if (known.isError && !achievement && !parcel)
    return <ErrorState whole error={known.error} retry={() => known.refetch()} />;
  if (achievement && !achievement.allowed.includes("edit"))
    return <Navigate to={`/achievements/${id}`} replace />;

  const saving: Saving = save.isPending
    ? "running"
    : parcel?.problem
      ? "refused"
      : parcel && achievement
        ? "here"
        : achievement
          ? "done"
          : "nothing";
  return (
    <Box className={classes.page}>
      <Breadcrumbs trail={[{ to: "/achievements", label: t`My achievements` }]} />
      <PageHeader
        title={onHub ? t`Edit achievement` : t`Add achievement`}
        note={<SaveState saving={saving} retry={() => save.mutate({})} />}
      />
      <Steps current={step} reachable={Boolean(achievement)} go={go} />
      {(hasCode(save.error, "stale_version") || parcel?.problem?.code === "stale_version") && (
        // Loading the page anew is what throws the typed words away, too: a form that is left saves itself.
        <ConflictNotice reload={() => void dropParcel(id).then(() => window.location.reload())} />
      )}
      {step === "files" && (
        <FilesStep
          achievement={achievement}
          uploads={uploads}
          chooseCategory={chooseCategory}
          chosen={achievement?.category.code}
          shared={search.has("shared")}
          sharedTaken={() =>
            setSearch(
              (old) => {
                old.delete("shared");
                return old;
              },
              { replace: true },
            )
          }
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
        <ReviewStep achievement={achievement} parcel={parcel} onHub={onHub} tray={uploads.tray} go={go} />
      )}
    </Box>
  );
}

function stepOf(text: string | null): Step {
  return text === "details" || text === "review" ? text : "files";
}
