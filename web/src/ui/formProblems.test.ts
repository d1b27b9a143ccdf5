import { expect, it, vi } from "vitest";

import { RequestError } from "~/api/problem";
import { tieToFields } from "~/ui/formProblems";

function refused(...pointers: string[]): RequestError {
  const errors = pointers.map((pointer) => ({ pointer, code: "x", detail: `about ${pointer}` }));
  return new RequestError({
    type: "about:blank",
    title: "Invalid",
    status: 422,
    code: "validation_failed",
    trace_id: "",
    errors,
  });
}

it("ties each error to the field it points at and leaves nothing for the form", () => {
  const setError = vi.fn();
  expect(tieToFields(refused("/title", "#/organiser"), setError, ["title", "organiser"])).toBeNull();
  expect(setError.mock.calls.map(([field, { message }]) => [field, message])).toEqual([
    ["title", "about /title"],
    ["organiser", "about #/organiser"],
  ]);
});

it("hands back an error that no field can show", () => {
  const error = refused("/title", "/unknown");
  expect(tieToFields(error, vi.fn(), ["title"])).toBe(error);
});
