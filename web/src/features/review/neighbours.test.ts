import { expect, it } from "vitest";

import { neighbours } from "~/features/review/neighbours";

it("names the item before and the one after", () => {
  expect(neighbours(["a", "b", "c"], "b")).toEqual({ at: 1, previous: "a", next: "c" });
});

it("ends at the last item", () => {
  expect(neighbours(["a", "b"], "b").next).toBeNull();
});

it("goes on from the top when the item has left the queue", () => {
  expect(neighbours(["a", "b"], "gone")).toEqual({ at: -1, previous: null, next: "a" });
});
