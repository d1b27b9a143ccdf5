// A hub without a network: what it serves, and a bench that reads from it.

import { readdirSync, readFileSync } from "node:fs";
import { didDocument, keyHistory, type Signer, sign, signer, statusList } from "../dev/documents";
import type { Desk } from "../src/check";
import type { JsonObject } from "../src/check/json";
import { Keys } from "../src/check/keys";
import type { Answer, Site } from "../src/check/site";
import { StatusLists } from "../src/check/status";
import type { Check, CheckId, LocalReport } from "../src/report";

export const HOST = "hub.example";
export const NOW = new Date("2026-02-01T12:00:00Z");

const VECTORS = new URL("../../tests/vectors/", import.meta.url);

/** The hub's own test vectors of a kind, each with its file's name. */
export function vectors(kind: string): JsonObject[] {
  const files = readdirSync(new URL(kind, VECTORS)).filter((name) => name.endsWith(".json"));
  return files.map((name) => ({ ...JSON.parse(readFileSync(new URL(`${kind}/${name}`, VECTORS), "utf8")), name }));
}

export interface World {
  pages: Map<string, Answer>;
  asked: string[];
  site: Site;
  college: Signer;
}

const page = (body: unknown): Answer => ({ ok: true, body: JSON.stringify(body), keptAt: null });

/** A hub with one college, whose lists revoke portfolio 1 and achievement 303. */
export async function world(): Promise<World> {
  const college = await signer(HOST, "anna-univ");
  const pages = new Map<string, Answer>([
    ["/colleges/anna-univ/did.json", page(didDocument(college))],
    ["/colleges/anna-univ/keys.json", page(keyHistory(college))],
  ]);
  const asked: string[] = [];
  const get = async (path: string): Promise<Answer> => {
    asked.push(path);
    return pages.get(path) ?? { ok: false, status: 404 };
  };
  const made: World = { pages, asked, college, site: { host: HOST, origin: `https://${HOST}`, read: get, ask: get } };
  await serveList(made, "portfolios-1", [1]);
  await serveList(made, "achievements-1", [303]);
  return made;
}

export function serve(world: World, path: string, body: unknown, keptAt: string | null = null): void {
  world.pages.set(path, { ...page(body), keptAt } as Answer);
}

export async function serveList(world: World, list: string, revoked: number[], until?: string): Promise<JsonObject> {
  const signed = await sign(statusList(world.college, list, revoked, until), world.college);
  serve(world, `/colleges/anna-univ/status/${list}`, signed);
  return signed;
}

/** A desk before that hub, with nothing kept. */
export const desk = (world: World, more: Partial<Desk> = {}): Desk => ({
  sites: [world.site],
  pins: [],
  ownDomain: false,
  now: NOW,
  ...more,
});

export function bench(world: World, now = NOW) {
  const keys = new Keys(world.site);
  return { site: world.site, keys, lists: new StatusLists(world.site, keys, now), now };
}

/** The one check with this id. */
export function of(report: LocalReport, id: CheckId): Check {
  const [found, ...more] = report.checks.filter((one) => one.id === id);
  if (!found || more.length > 0) throw new Error(`${report.checks.length} checks, not one of ${id}`);
  return found;
}

/** `state code` of a check, for comparing at a glance. */
export const word = (report: LocalReport, id: CheckId): string => `${of(report, id).state} ${of(report, id).code}`;

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
