import { useNavigate } from "react-router";

import { call } from "~/api/client";
import { endSession } from "~/api/session";
import { toastFailed } from "~/ui/toasts";

/** Ends the session on the server, then in every tab. Without an answer the person stays signed in and is told. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    try {
      await call("/api/token/revoke/", { method: "POST", body: {} });
    } catch (error) {
      toastFailed(error);
      return;
    }
    endSession();
    navigate("/login", { replace: true });
  };
}
