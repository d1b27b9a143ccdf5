/** What a page learns from the service worker. */
interface Wishes {
  /** A newer version lies ready; the function lets it take over, which reloads the page. */
  newer: (takeOver: () => void) => void;
  /** A notification was pressed. */
  open: (path: string) => void;
}

/** Starts the service worker (not in development). Where it cannot run, the app works without. */
export async function registerWorker({ newer, open }: Wishes): Promise<void> {
  if (!import.meta.env.PROD || import.meta.env.MODE === "fake" || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: unknown }>) => {
    if (typeof data?.open === "string") open(data.open);
  });
  const registration = await serviceWorker.register("/app/sw.js", { scope: "/app/" });
  const offer = (worker: ServiceWorker) =>
    newer(() => {
      serviceWorker.addEventListener("controllerchange", () => window.location.reload(), { once: true });
      worker.postMessage("take-over");
    });
  if (registration.waiting && serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      // Without a controller it is the first one: nothing is older.
      if (worker.state === "installed" && serviceWorker.controller) offer(worker);
    });
  });
  // An installed app may stay open for days.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
  });
}
