import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "~/theme/fonts.css";
import "~/theme/global.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { keepReads } from "~/api/keep";
import { queries } from "~/api/queries";
import { App } from "~/app";
import { preferredLanguage, speak } from "~/i18n/i18n";

async function start(): Promise<void> {
  if (import.meta.env.MODE === "fake") {
    const { startFake } = await import("~/fake/browser");
    await startFake();
  }
  await Promise.all([speak(preferredLanguage()), keepReads(queries)]);
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has an element #root");
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
