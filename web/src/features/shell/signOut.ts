import { call } from "~/api/client";
import { endSession } from "~/api/session";
import { clearShelves } from "~/outbox/store";
import { toastFailed } from "~/ui/toasts";

/**
 * Ends the session on the server, then in every tab, and clears this device: the next person at a shared phone finds
 * nothing. Without an answer the person stays signed in and is told.
 */
export async function signOut(): Promise<void> {
  try {
    await call("/api/token/revoke/", { method: "POST", body: {} });
  } catch (error) {
    toastFailed(error);
    return;
  }
  await clearShelves();
  // AppFrame leads to the log-in.
  endSession("signed_out");
}
