import { setupWorker } from "msw/browser";

import { handlers } from "~/fake/handlers";

/** Answers /api/ inside the page: `npm run dev:fake` only. */
export async function startFake(): Promise<void> {
  await setupWorker(...handlers()).start({
    serviceWorker: { url: "/app/mockServiceWorker.js", options: { scope: "/app/" } },
    onUnhandledRequest: "bypass",
    quiet: true,
  });
}
