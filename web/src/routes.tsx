import { createBrowserRouter, type RouteObject } from "react-router";

import { AppFrame } from "~/features/shell/AppFrame";
import { NotFoundPage } from "~/features/shell/NotFoundPage";
import { RouteFailed } from "~/features/shell/RouteFailed";

/** Every page is a chunk of its own: a student never loads the review, an admin never the forms. */
export const routes: RouteObject[] = [
  {
    errorElement: <RouteFailed />,
    hydrateFallbackElement: <div />,
    children: [
      {
        path: "/login",
        lazy: async () => ({ Component: (await import("~/features/auth/LoginPage")).LoginPage }),
      },
      {
        path: "/register",
        lazy: async () => ({ Component: (await import("~/features/auth/RegisterPage")).RegisterPage }),
      },
      {
        path: "/verify-email",
        lazy: async () => ({ Component: (await import("~/features/auth/VerifyEmailPage")).VerifyEmailPage }),
      },
      {
        path: "/forgot",
        lazy: async () => ({ Component: (await import("~/features/auth/ForgotPage")).ForgotPage }),
      },
      {
        path: "/reset",
        lazy: async () => ({ Component: (await import("~/features/auth/ResetPage")).ResetPage }),
      },
      {
        path: "/invitation",
        lazy: async () => ({ Component: (await import("~/features/auth/InvitationPage")).InvitationPage }),
      },
      {
        element: <AppFrame />,
        children: [
          {
            errorElement: <RouteFailed />,
            children: [
              {
                index: true,
                lazy: async () => ({ Component: (await import("~/features/home/HomePage")).HomePage }),
              },
              {
                path: "achievements",
                lazy: async () => ({
                  Component: (await import("~/features/achievements/ListPage")).ListPage,
                }),
              },
              {
                path: "achievements/new",
                lazy: async () => ({ Component: (await import("~/features/achievements/AddPage")).AddPage }),
              },
              {
                path: "achievements/:id",
                lazy: async () => ({
                  Component: (await import("~/features/achievements/ItemPage")).ItemPage,
                }),
              },
              {
                path: "achievements/:id/edit",
                lazy: async () => ({ Component: (await import("~/features/achievements/AddPage")).AddPage }),
              },
              {
                path: "portfolio",
                lazy: async () => ({
                  Component: (await import("~/features/portfolio/PortfolioPage")).PortfolioPage,
                }),
              },
              {
                path: "portfolio/links",
                lazy: async () => ({
                  Component: (await import("~/features/shares/SharesPage")).SharesPage,
                }),
              },
              {
                path: "outbox",
                lazy: async () => ({ Component: (await import("~/features/outbox/OutboxPage")).OutboxPage }),
              },
              {
                path: "qr",
                lazy: async () => ({ Component: (await import("~/features/qr/QrPage")).QrPage }),
              },
              {
                path: "review",
                lazy: async () => ({ Component: (await import("~/features/review/QueuePage")).QueuePage }),
              },
              {
                path: "review/decided",
                lazy: async () => ({
                  Component: (await import("~/features/review/DecidedPage")).DecidedPage,
                }),
              },
              {
                path: "review/:id",
                lazy: async () => ({ Component: (await import("~/features/review/ReviewPage")).ReviewPage }),
              },
              {
                path: "events",
                lazy: async () => ({
                  Component: (await import("~/features/events/EventsPage")).EventsPage,
                }),
              },
              {
                path: "people",
                lazy: async () => ({ Component: (await import("~/features/people/PeoplePage")).PeoplePage }),
              },
              {
                path: "roster",
                lazy: async () => ({ Component: (await import("~/features/roster/RosterPage")).RosterPage }),
              },
              {
                path: "confirmations",
                lazy: async () => ({
                  Component: (await import("~/features/confirmations/ConfirmationsPage")).ConfirmationsPage,
                }),
              },
              {
                path: "keys",
                lazy: async () => ({ Component: (await import("~/features/keys/KeysPage")).KeysPage }),
              },
              {
                path: "settings",
                lazy: async () => ({
                  Component: (await import("~/features/settings/SettingsPage")).SettingsPage,
                }),
              },
              {
                path: "settings/security",
                lazy: async () => ({
                  Component: (await import("~/features/security/SecurityPage")).SecurityPage,
                }),
              },
              { path: "*", element: <NotFoundPage /> },
            ],
          },
        ],
      },
    ],
  },
];

// With the slash: the home page lies inside the service worker's scope.
export const router = createBrowserRouter(routes, { basename: "/app/" });
