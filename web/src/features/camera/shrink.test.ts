import { expect, it } from "vitest";

import { LONG_SIDE, shrunk } from "~/features/camera/shrink";

it("brings a phone's photo down to its long side, upright or lying", () => {
  expect(shrunk(4000, 3000)).toEqual({ width: LONG_SIDE, height: 1800 });
  expect(shrunk(3000, 4000)).toEqual({ width: 1800, height: LONG_SIDE });
});

it("never makes a picture larger", () => {
  expect(shrunk(640, 480)).toEqual({ width: 640, height: 480 });
});
