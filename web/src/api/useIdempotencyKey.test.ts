import { expect, it } from "vitest";

import { makeKeyRing } from "~/api/useIdempotencyKey";

it("keeps the key for a retry of the same body", () => {
  const { keyFor } = makeKeyRing();
  expect(keyFor({ a: 1 })).toBe(keyFor({ a: 1 }));
});

it("takes a new key for a mended body, which the hub would refuse under the old one", () => {
  const { keyFor } = makeKeyRing();
  expect(keyFor({ a: 1 })).not.toBe(keyFor({ a: 2 }));
});

it("takes a new key for the same wish once the first is fulfilled", () => {
  const { keyFor, fulfilled } = makeKeyRing();
  const first = keyFor({ a: 1 });
  fulfilled();
  expect(keyFor({ a: 1 })).not.toBe(first);
});
