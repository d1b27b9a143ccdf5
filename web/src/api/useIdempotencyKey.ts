import { useState } from "react";

import { idempotencyKey } from "~/api/client";

/** Gives an intention its key and forgets it once the intention is fulfilled. */
export interface KeyRing {
  keyFor: (body: unknown) => string;
  fulfilled: () => void;
}

/** A key per intention: the same body again is a retry under the same key, another body is another intention. */
export function useIdempotencyKey(): KeyRing {
  const [ring] = useState(makeKeyRing);
  return ring;
}

export function makeKeyRing(): KeyRing {
  let last: { body: string; key: string } | null = null;
  return {
    keyFor: (body) => {
      const text = JSON.stringify(body);
      if (last?.body !== text) last = { body: text, key: idempotencyKey() };
      return last.key;
    },
    fulfilled: () => {
      last = null;
    },
  };
}
