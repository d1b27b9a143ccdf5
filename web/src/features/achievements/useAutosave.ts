import { useCallback, useEffect, useRef, useState } from "react";
import type { FieldPath, UseFormReturn } from "react-hook-form";

import { hasCode } from "~/api/problem";
import type { Achievement } from "~/api/schema";
import { changeOf, type Details } from "~/features/achievements/detailsSchema";
import type { DraftChange } from "~/features/achievements/content";
import { tieToFields } from "~/ui/formProblems";

/** How long after the last key a draft is saved, in milliseconds. */
const PAUSE = 900;

/** Saves what is typed after a pause, and at once when the step is left. */
export function useAutosave(
  achievement: Achievement,
  form: UseFormReturn<Details>,
  save: (change: DraftChange) => Promise<Achievement | null>,
) {
  const [problem, setProblem] = useState<unknown>(null);
  const latest = useRef({ achievement, save });
  latest.current = { achievement, save };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { getValues, setError, watch } = form;

  /** Saves now. False if the hub refuses it; without a connection it is safe on this device. */
  const flush = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    const change = changeOf(latest.current.achievement, getValues());
    if (Object.keys(change).length === 0) return true;
    try {
      await latest.current.save(change);
      setProblem(null);
      return true;
    } catch (error) {
      const rest = tieToFields(error, setError, Object.keys(getValues()) as FieldPath<Details>[]);
      // The notice on top of the page speaks of conflicts.
      setProblem(hasCode(rest, "stale_version") ? null : rest);
      return false;
    }
  }, [getValues, setError]);

  useEffect(() => {
    const typing = watch(() => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), PAUSE);
    });
    // An app that is put away or closed may not come back: what was typed is kept at once.
    const leaving = () => void flush();
    window.addEventListener("pagehide", leaving);
    return () => {
      window.removeEventListener("pagehide", leaving);
      typing.unsubscribe();
      void flush();
    };
  }, [watch, flush]);

  return { flush, problem };
}
