import { call } from "~/api/client";
import type { Ceremony, PasskeyAnswer, Tokens } from "~/api/schema";

type Creation = Ceremony<PublicKeyCredentialCreationOptionsJSON>;
type Request = Ceremony<PublicKeyCredentialRequestOptionsJSON>;

/** Whether this browser speaks of passkeys in JSON (W3C Web Authentication Level 3, §5.1). */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Asks the device for a new passkey. Throws a DOMException where the person would rather not. */
export async function makePasskey({ ceremony, options }: Creation): Promise<PasskeyAnswer> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  return answerOf(ceremony, await navigator.credentials.create({ publicKey }));
}

/** Asks the device for one of the passkeys it has. Throws a DOMException where the person would rather not. */
export async function showPasskey({ ceremony, options }: Request): Promise<PasskeyAnswer> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  return answerOf(ceremony, await navigator.credentials.get({ publicKey }));
}

/** The person closed the device's question, or let it run out. */
export function isDismissed(error: unknown): boolean {
  return error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name);
}

/** Logs in with a passkey alone; with an address, one of that account's. */
export async function signInWithPasskey(account: { email?: string; college?: string }): Promise<Tokens> {
  const question = await call<Request>("/api/token/passkey/options/", {
    method: "POST",
    body: account,
    anonymous: true,
  });
  return call("/api/token/passkey/", { method: "POST", body: await showPasskey(question), anonymous: true });
}

function answerOf(ceremony: string, made: Credential | null): PasskeyAnswer {
  if (!made) throw new DOMException("no passkey", "NotAllowedError");
  return { ceremony, credential: (made as PublicKeyCredential).toJSON() };
}
