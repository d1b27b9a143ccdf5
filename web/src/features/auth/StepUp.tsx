import { lazy, Suspense, useEffect, useState } from "react";

import { answerStepUp } from "~/api/stepUp";

const StepUpDialog = lazy(() => import("~/features/auth/StepUpDialog"));

interface Asked {
  ways: string[][];
  answer: (done: boolean) => void;
}

/** Stands ready to ask who somebody is once more, wherever in the app a weighty act wants it. */
export function StepUp() {
  const [asked, setAsked] = useState<Asked | null>(null);

  useEffect(
    () =>
      answerStepUp(
        (ways) =>
          new Promise((resolve) => {
            const answer = (done: boolean) => {
              setAsked(null);
              resolve(done);
            };
            setAsked({ ways, answer });
          }),
      ),
    [],
  );

  if (!asked) return null;
  return (
    <Suspense>
      <StepUpDialog ways={asked.ways} answer={asked.answer} />
    </Suspense>
  );
}
