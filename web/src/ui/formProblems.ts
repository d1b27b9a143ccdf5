import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";

import { RequestError } from "~/api/problem";

/**
 * Ties the server's validation errors to the fields they point at (RFC 6901 pointers such as "/title").
 * Returns what is left for the whole form: the error itself if any part of it belongs to no field.
 */
export function tieToFields<T extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<T>,
  fields: readonly FieldPath<T>[],
): unknown {
  if (!(error instanceof RequestError) || error.code !== "validation_failed" || !error.problem.errors?.length)
    return error;
  let untied = false;
  for (const { pointer, code, detail } of error.problem.errors) {
    const name = pointer.replace(/^#?\//, "").split("/")[0];
    const field = fields.find((known) => known === name);
    if (field) setError(field, { type: code, message: detail }, { shouldFocus: true });
    else untied = true;
  }
  return untied ? error : null;
}
