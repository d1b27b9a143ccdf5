// Ed25519 by the browser itself, or by a small library where the browser has none yet.

import type { Bytes } from "./bytes";

/** Whether `signature` over `message` is by `key`. Rejects only where the browser cannot check at all. */
export async function verifyEd25519(signature: Bytes, message: Bytes, key: Bytes): Promise<boolean> {
  if (signature.length !== 64 || key.length !== 32) return false;
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch {
    const noble = await import("@noble/ed25519");
    return noble.verifyAsync(signature, message, key, { zip215: false }).catch(() => false);
  }
  return crypto.subtle.verify("Ed25519", imported, signature, message);
}
