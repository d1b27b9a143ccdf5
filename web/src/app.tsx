import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router";

import { RequestError } from "~/api/problem";
import { onSessionEnd } from "~/api/session";
import { router } from "~/routes";
import { cssVariables, theme } from "~/theme/theme";

const colorSchemeManager = localStorageColorSchemeManager({ key: "hub.colour-scheme" });

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof RequestError) || error.status === 503),
    },
  },
});

// A shared computer: the next person must not see what the last one loaded. What is public stays: the
// log-in page may be waiting for it.
onSessionEnd(() => queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "public" }));

export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        colorSchemeManager={colorSchemeManager}
      >
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-center" limit={3} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nProvider>
  );
}
