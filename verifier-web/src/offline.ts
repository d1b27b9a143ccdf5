// Keeps the page for days without a network: its parts by the service worker, keys and lists as they are read.

import { saved } from "./place";

/** Parts of other modules that are loaded when needed, and could then be out of reach. */
async function prepare(): Promise<void> {
  if (saved || !import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: "/v" });
  // A browser that reads codes by itself never needs the large decoder.
  if (!("BarcodeDetector" in globalThis)) await (await import("./camera")).fetchDecoder();
}

void prepare().catch(() => undefined);
