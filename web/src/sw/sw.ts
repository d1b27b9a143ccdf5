/// <reference lib="webworker" />
// The service worker of the app: its files without a network, what was shared into it, what is unsent, and push.

import {
  addPlugins,
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
} from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { CacheFirst } from "workbox-strategies";

import { call } from "~/api/client";
import type { Me } from "~/api/schema";
import { deliver } from "~/outbox/deliver";
import { evidencePath, formOf, hubWith, SYNC } from "~/outbox/hub";
import { holdShared, unsentOf } from "~/outbox/store";
import { noticeOf, pathOf } from "~/sw/push";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

const APP = "/app/";

// A built file is the same for everybody: its "Vary: Accept" would hide it from whoever asks for it with other words.
addPlugins([
  {
    cacheWillUpdate: async ({ response }) => {
      if (!response.ok) return null;
      const headers = new Headers(response.headers);
      headers.delete("Vary");
      // The body is unpacked by now.
      headers.delete("Content-Encoding");
      return new Response(response.body, { status: response.status, headers });
    },
  },
]);
precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
// Every page of the app is the same file; what lies under /app/ as a file has an ending.
registerRoute(
  new NavigationRoute(createHandlerBoundToURL(`${APP}index.html`), {
    allowlist: [/^\/app(\/|$)/],
    denylist: [/\.[a-z0-9]+$/i],
  }),
);
// Fonts of other scripts and the reader of PDFs: too heavy for every phone, kept once they were needed. Their names
// carry their digests.
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith(`${APP}assets/`),
  new CacheFirst({ cacheName: "hub-assets", matchOptions: { ignoreVary: true } }),
);
registerRoute(
  ({ url }) => url.pathname === `${APP}share`,
  ({ request }) => receiveShare(request),
  "POST",
);

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", ({ data }) => {
  // The person has pressed "Reload": until then the old version stays, whole.
  if (data === "take-over") void self.skipWaiting();
});

// Background Sync is Chromium's; its event is in no library of types.
self.addEventListener("sync" as "message", (event) => {
  const { tag } = event as unknown as { tag: string };
  if (tag === SYNC) event.waitUntil(sendUnsent());
});

self.addEventListener("push", (event) => {
  const { title, ...options } = noticeOf(event.data?.text() ?? "");
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(pathOf(event.notification.data)));
});

/** Another app shares files (W3C Web Share Target): they wait here until the person has signed in and taken them. */
async function receiveShare(request: Request): Promise<Response> {
  const form = await request.formData();
  const files = form.getAll("file").filter((part): part is File => part instanceof File && part.size > 0);
  await holdShared(files);
  return Response.redirect(`${APP}achievements/new?shared`, 303);
}

/** Sends what the signed-in member has unsent. Throws where something has to wait, so that the browser asks again. */
async function sendUnsent(): Promise<void> {
  const me = await call<Me>("/api/me/");
  const hub = hubWith((file) =>
    call<void>(evidencePath(file.achievement), { method: "POST", form: formOf(file) }),
  );
  for (const id of await unsentOf(me.id)) {
    if (!(await deliver(id, hub))) throw new Error("something has to wait");
  }
}

async function open(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window" });
  const page = pages.find(({ url }) => new URL(url).pathname.startsWith(APP));
  if (!page) return void (await self.clients.openWindow(path));
  await page.focus();
  page.postMessage({ open: path });
}
