// JSON as a verifier must read it: what two readers could understand differently is refused.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export class ReadJsonError extends Error {
  readonly code: "not_json" | "duplicate_keys" | "too_large";
  constructor(code: "not_json" | "duplicate_keys" | "too_large") {
    super(code);
    this.code = code;
  }
}

const MAX_LENGTH = 8_000_000;
const MAX_DEPTH = 64;

/** Parse a document; errors: `ReadJsonError`. */
export function readJson(source: string): Json {
  if (source.length > MAX_LENGTH) throw new ReadJsonError("too_large");
  let value: Json;
  try {
    value = JSON.parse(source) as Json;
  } catch {
    throw new ReadJsonError("not_json");
  }
  refuseDuplicateKeys(source);
  return value;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const string = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

export const list = (value: Json | undefined): Json[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

// RFC 8259 leaves repeated names open; JSON.parse keeps the last and another reader may keep the first.
function refuseDuplicateKeys(source: string): void {
  const open: (Set<string> | null)[] = [];
  let nameNext = false;
  for (const [token] of source.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs)) {
    const names = open.at(-1);
    if (token === "{" || token === "[") {
      if (open.push(token === "{" ? new Set() : null) > MAX_DEPTH) throw new ReadJsonError("too_large");
      nameNext = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      nameNext = false;
    } else if (token === ",") {
      nameNext = names instanceof Set;
    } else if (nameNext && names) {
      const name = JSON.parse(token) as string;
      if (names.has(name)) throw new ReadJsonError("duplicate_keys");
      names.add(name);
      nameNext = false;
    }
  }
}
