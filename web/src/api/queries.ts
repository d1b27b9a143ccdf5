import { QueryClient } from "@tanstack/react-query";

import { forgetReads } from "~/api/keep";
import { RequestError } from "~/api/problem";
import { onSessionEnd } from "~/api/session";

/** What the pages have read; one for the app. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      // Kept reads are of use for as long as they are kept.
      gcTime: 24 * 3_600_000,
      // Without a network a request fails at once and the page says so, instead of waiting for ever.
      networkMode: "always",
      retry: (failures, error) => failures < 2 && (!(error instanceof RequestError) || error.status === 503),
    },
    mutations: { networkMode: "always" },
  },
});

// A shared computer: the next person must not see what the last one loaded. What is public stays: the
// log-in page may be waiting for it.
onSessionEnd(() => {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "public" });
  void forgetReads();
});
