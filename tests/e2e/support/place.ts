// Where the hub under test is.

import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Its address. `localhost`, because browsers sign and check only on https or there. */
export const HUB = process.env.HUB_URL ?? `http://localhost:${process.env.E2E_PORT ?? 8099}`;

/** The program, as `cargo build` leaves it. */
export const BINARY = process.env.HUB_BINARY ?? fileURLToPath(new URL("../../../target/debug/hub", import.meta.url));

/** An empty folder for its data; workers of one run share it. (A HUB_… that is no setting of its own the hub refuses.) */
process.env.E2E_DATA ??= folder();
export const DATA = process.env.E2E_DATA;

/** A file of the test vectors that the Rust tests use too. */
export const vector = (name: string): string => fileURLToPath(new URL(`../../vectors/${name}`, import.meta.url));

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "hub-e2e-"));
  // Started by root, the hub runs Postgres as another account, which has to reach it.
  chmodSync(made, 0o755);
  return made;
}
