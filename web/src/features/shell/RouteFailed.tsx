import { useRouteError } from "react-router";

import { ErrorState } from "~/ui/states";

/** A page that could not be loaded or drawn. Reloading also fetches a newer build's chunks. */
export function RouteFailed() {
  return <ErrorState error={useRouteError()} retry={() => window.location.reload()} />;
}
