import { useRouteError } from "react-router";

import { offlineProblem } from "~/api/problem";
import { ErrorState } from "~/ui/states";

/** A page that could not be loaded or drawn. Reloading also fetches a newer build's chunks. */
export function RouteFailed() {
  const error = useRouteError();
  // A part of the app that was never loaded here cannot be loaded without a network.
  return (
    <ErrorState
      whole
      error={navigator.onLine ? error : offlineProblem()}
      retry={() => window.location.reload()}
    />
  );
}
