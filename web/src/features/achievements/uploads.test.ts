import { expect, it } from "vitest";

import { MAX_BYTES, MAX_FILES, refusal } from "~/features/achievements/uploads";

it("takes what the hub takes, up to the last byte and the last file", () => {
  expect(refusal({ type: "application/pdf", size: MAX_BYTES }, MAX_FILES - 1)).toBeNull();
});

it("says which limit a file breaks before any byte is sent", () => {
  expect(refusal({ type: "image/png", size: MAX_BYTES + 1 }, 0)).toBe("too_large");
  expect(refusal({ type: "image/svg+xml", size: 10 }, 0)).toBe("unsupported_type");
  expect(refusal({ type: "image/png", size: 10 }, MAX_FILES)).toBe("too_many");
});
