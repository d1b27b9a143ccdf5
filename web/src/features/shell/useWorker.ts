import { i18n } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useEffect } from "react";

import { router } from "~/routes";
import { registerWorker } from "~/sw/register";
import { toastStaying } from "~/ui/toasts";

/** Runs the service worker: tells of a newer version, and follows a pressed notification. */
export function useWorker(): void {
  useEffect(() => {
    void registerWorker({
      newer: (takeOver) =>
        toastStaying(i18n._(msg`A newer version is ready.`), i18n._(msg`Reload`), takeOver),
      open: (path) => void router.navigate(path.replace(/^\/app/, "") || "/"),
    }).catch(() => undefined); // blocked by the browser: the app works without
  }, []);
}
