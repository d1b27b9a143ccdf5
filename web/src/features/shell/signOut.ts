import { call } from "~/api/client";
import { endSession } from "~/api/session";
import { toastFailed } from "~/ui/toasts";

/** Ends the session on the server, then in every tab. Without an answer the person stays signed in and is told. */
export async function signOut(): Promise<void> {
  try {
    await call("/api/token/revoke/", { method: "POST", body: {} });
  } catch (error) {
    toastFailed(error);
    return;
  }
  // AppFrame leads to the log-in.
  endSession("signed_out");
}
