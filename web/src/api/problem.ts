import type { Problem } from "~/api/schema";

/** An answer of the hub that is not a success (RFC 9457), or no answer at all (`code` = "offline"). */
export class RequestError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "RequestError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** True for a RequestError with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): error is RequestError {
  return error instanceof RequestError && codes.includes(error.code);
}

/** Reads the problem of a failed response; a proxy's HTML page becomes one too. */
export function parseProblem(status: number, contentType: string | null, body: string): RequestError {
  if (contentType?.includes("json")) {
    try {
      const problem = JSON.parse(body) as Partial<Problem>;
      if (typeof problem.code === "string") {
        return new RequestError({
          type: "about:blank",
          title: problem.code,
          trace_id: "",
          ...problem,
          status,
        } as Problem);
      }
    } catch {
      // Not JSON after all: falls through to the generic problem.
    }
  }
  return new RequestError({
    type: "about:blank",
    title: `HTTP ${status}`,
    status,
    code: codeOfStatus(status),
    trace_id: "",
  });
}

/** The problem of a request that got no answer. */
export function offlineProblem(): RequestError {
  return new RequestError({
    type: "about:blank",
    title: "No connection",
    status: 0,
    code: "offline",
    trace_id: "",
  });
}

function codeOfStatus(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 413) return "too_large";
  if (status === 415) return "unsupported_type";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "busy" : "malformed";
}
