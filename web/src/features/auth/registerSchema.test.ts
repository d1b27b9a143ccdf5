import { expect, it } from "vitest";

import { EMPTY_REGISTRATION, registerSchema } from "~/features/auth/registerSchema";

const filled = {
  ...EMPTY_REGISTRATION,
  college: "kaveri",
  full_name: "Karthik B",
  roll_number: "24EC031",
  department: "ECE",
  programme: "BTECH-ECE",
  batch: "2024-2028",
  email: "karthik@kaveri.test",
  password: "long enough",
  consent: true,
};

/** The fields the form complains about. */
function complaints(form: object): unknown[] {
  return registerSchema.safeParse(form).error?.issues.map(({ path }) => path[0]) ?? [];
}

it("accepts single names, initials and no native name", () => {
  expect(complaints({ ...filled, full_name: "K" })).toEqual([]);
});

it("wants a batch of two years in order", () => {
  expect(complaints({ ...filled, batch: "2024" })).toEqual(["batch"]);
  expect(complaints({ ...filled, batch: "2028-2024" })).toEqual(["batch"]);
});

it("does not register without consent", () => {
  expect(complaints({ ...filled, consent: false })).toEqual(["consent"]);
});

it("speaks about the field in the language of the page", () => {
  expect(registerSchema.safeParse({ ...filled, college: "" }).error?.issues[0]?.message).toBe(
    "Choose your college",
  );
});
