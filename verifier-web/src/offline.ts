// Keeps the page for days without a network: its parts by the service worker, keys and lists as they are read.

import { saved } from "./place";

const PAUSE_MS = 5_000;

/** Parts of other modules that are loaded when needed, and could then be out of reach. */
async function prepare(): Promise<void> {
  if (saved || !import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await install();
  // A browser that reads codes by itself never needs the large decoder.
  if (!("BarcodeDetector" in globalThis)) await (await import("./camera")).fetchDecoder();
}

// A part that does not come on a bad line ends the whole installation: it is begun again, a few times.
async function install(triesLeft = 3): Promise<void> {
  const { installing } = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: "/v" });
  installing?.addEventListener("statechange", () => {
    if (installing.state === "redundant" && triesLeft > 1) setTimeout(() => void install(triesLeft - 1), PAUSE_MS);
  });
}

void prepare().catch(() => undefined);
