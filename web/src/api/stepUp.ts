import type { RequestError } from "~/api/problem";

/** Asks the person to show once more who they are, in one of these ways; false where they would rather not. */
export type AskAgain = (ways: string[][]) => Promise<boolean>;

let askAgain: AskAgain | null = null;

/** The dialog that asks, for as long as it stands on the screen. */
export function answerStepUp(ask: AskAgain): () => void {
  askAgain = ask;
  return () => {
    if (askAgain === ask) askAgain = null;
  };
}

/** True where a refusal was a call for a step-up, and the person has made it: the request may be sent again. */
export async function stepsUp(refusal: RequestError): Promise<boolean> {
  if (refusal.code !== "step_up_required" || !askAgain) return false;
  return askAgain(refusal.problem.ways ?? []);
}
