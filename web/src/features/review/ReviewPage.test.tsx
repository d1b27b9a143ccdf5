import { I18nProvider } from "@lingui/react";
import { i18n } from "@lingui/core";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { setupServer } from "msw/node";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { call } from "~/api/client";
import type { Achievement, AchievementSummary, Page } from "~/api/schema";
import { keepTokens } from "~/api/session";
import { problem } from "~/fake/answers";
import { handlers } from "~/fake/handlers";
import { ReviewPage } from "~/features/review/ReviewPage";

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => {
  server.use(...handlers());
  sessionStorage.setItem("fake.signed-in", "meera@kaveri.test");
  keepTokens({ access: "fake.test", device: null, refresh: null, expires_in: 600 });
});
afterEach(() => {
  cleanup();
  server.resetHandlers();
});
afterAll(() => server.close());

/** Opens the first item of the queue and gives the queue. */
async function review() {
  const { results: queue } = await call<Page<AchievementSummary>>("/api/review/queue/");
  const router = createMemoryRouter([{ path: "/review/:id?", element: <ReviewPage /> }], {
    initialEntries: [`/review/${queue[0]?.id}`],
  });
  render(
    <I18nProvider i18n={i18n}>
      <MantineProvider env="test">
        <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
          <Notifications />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nProvider>,
  );
  await screen.findByRole("heading", { level: 1, name: queue[0]?.title });
  await screen.findByRole("button", { name: /^Approve/ });
  return { queue, router };
}

const state = async (id: string | undefined) => (await call<Achievement>(`/api/achievements/${id}/`)).status;

it("approves with A, moves on by itself with the focus on the next title, and takes it back with Undo", async () => {
  const user = userEvent.setup();
  const { queue, router } = await review();
  await waitFor(() => expect(screen.getByText("1 / 10", { exact: false })).toBeTruthy());

  await user.keyboard("a");
  const next = await screen.findByRole("heading", { level: 1, name: queue[1]?.title });
  await waitFor(() => expect(document.activeElement).toBe(next));
  expect(await state(queue[0]?.id)).toBe("approved");

  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/review/${queue[0]?.id}`));
  expect(await state(queue[0]?.id)).toBe("submitted");
});

it("shows who decided meanwhile, keeps the typed text, and changes nothing", async () => {
  const user = userEvent.setup();
  const { queue } = await review();
  await user.keyboard("c");
  await user.type(await screen.findByLabelText("Message to the student"), "Please scan it again");
  server.use(
    http.post("/api/achievements/:id/decisions", () =>
      problem(412, "stale_version", {
        current: {
          status: "rejected",
          decided_by: "Dr. Suresh P",
          decided_at: new Date().toISOString(),
          etag: '"9"',
        },
      }),
    ),
  );
  await user.click(screen.getByRole("button", { name: "Send back" }));

  const notice = await screen.findByText(/Dr. Suresh P decided this/);
  expect(notice.textContent).toContain("Rejected");
  expect(screen.getByLabelText<HTMLTextAreaElement>("Message to the student").value).toBe(
    "Please scan it again",
  );
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(queue[0]?.title);
});

it("sends no empty request for changes, and says so at the field", async () => {
  const user = userEvent.setup();
  const { queue } = await review();
  await user.keyboard("c");
  const field = await screen.findByLabelText("Message to the student");
  await user.click(screen.getByRole("button", { name: "Send back" }));
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(within(field.closest("form") as HTMLElement).getByText(/Write what to mend/)).toBeTruthy();
  expect(await state(queue[0]?.id)).toBe("submitted");
});
