import { msg } from "@lingui/core/macro";
import { z } from "~/ui/zod";

import { say } from "~/ui/say";

/** Shortest password the hub takes, in characters. */
export const PASSWORD_MIN = 10;

export const passwordRule = z.string().min(PASSWORD_MIN, say(msg`Use at least ${PASSWORD_MIN} characters`));

/** What the registration form asks; `consent` is a tick here and the version of the text on the wire. */
export const registerSchema = z.object({
  college: z.string().min(1, say(msg`Choose your college`)),
  full_name: z.string().trim().min(1, say(msg`Enter your name as it is on the college's records`)),
  full_name_native: z.string().trim(),
  native_language: z.enum(["", "hi", "ta"]),
  roll_number: z.string().trim().min(1, say(msg`Enter your roll number`)),
  department: z.string().min(1, say(msg`Choose your department`)),
  programme: z.string().min(1, say(msg`Choose your programme`)),
  batch: z
    .string()
    .trim()
    .regex(/^\d{4}-\d{4}$/, { ...say(msg`Write the years like 2023-2027`), abort: true })
    .refine(
      (batch) => Number(batch.slice(0, 4)) < Number(batch.slice(5)),
      say(msg`The last year comes after the first`),
    ),
  email: z.email(say(msg`Enter an e-mail address, such as asha@college.edu`)),
  password: passwordRule,
  code: z.string().trim(),
  consent: z.literal(true, say(msg`The college needs your consent to keep these data`)),
});

export type RegisterForm = z.input<typeof registerSchema>;

export const EMPTY_REGISTRATION: Omit<RegisterForm, "consent"> & { consent: boolean } = {
  college: "",
  full_name: "",
  full_name_native: "",
  native_language: "",
  roll_number: "",
  department: "",
  programme: "",
  batch: "",
  email: "",
  password: "",
  code: "",
  consent: false,
};
