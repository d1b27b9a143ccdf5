// A hub that answers with what a scene asks for, for looking at every state of the page. Never part of the build.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { hex } from "../src/check/bytes";
import type { JsonObject } from "../src/check/json";
import { recordHash } from "../src/check/proof";
import {
  achievement,
  didDocument,
  type Facts,
  keyHistory,
  portfolio,
  type Signer,
  sign,
  signer,
  statusList,
} from "./documents";
import { base32, token } from "./token";

const SCENES = [
  "valid",
  "revoked",
  "superseded",
  "outdated",
  "changed",
  "offline",
  "no_record",
  "elsewhere",
  "closed",
] as const;
type Scene = (typeof SCENES)[number];

const REGISTER = { name: "Anna University, Chennai", slug: "anna-univ", logo_url: null };

export function fakeHub(): Plugin {
  return {
    name: "fake-hub",
    configureServer: ({ middlewares }) => void middlewares.use(hub),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(hub),
  };
}

const hub: Connect.NextHandleFunction = (request, response, next) => {
  answer(request, response, next).catch(next);
};

async function answer(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
  const host = request.headers.host ?? "";
  const path = request.url ?? "/";
  const by = await signer(host, "anna-univ");
  const json = (body: unknown, status = 200) => {
    response.writeHead(status, { "content-type": "application/json", vary: "accept" });
    response.end(JSON.stringify(body));
  };
  const wantsPage = request.headers.accept?.includes("text/html") ?? false;
  if (path === "/dev/scenes") return json(await scenes(by));
  if (path === "/colleges/anna-univ/did.json") return json(didDocument(by));
  if (path === "/colleges/anna-univ/keys.json") return json(keyHistory(by));
  if (path === "/v/colleges.json") return json(collegeList(by));
  if (path === "/colleges/anna-univ/status/portfolios-1")
    return json(await sign(statusList(by, "portfolios-1", [1]), by));
  if (path === "/colleges/anna-univ/status/achievements-1")
    return json(await sign(statusList(by, "achievements-1", [303]), by));
  if (path === "/api/verify/") {
    const text = await body(request);
    const scene = sceneOf(text);
    if (scene === "offline") return json({}, 503);
    if (scene === "closed") return json({}, 404);
    return json(await report(scene, await documentOf(scene, by), by));
  }
  if (path.startsWith("/colleges/") && !wantsPage) {
    const scene = sceneOf(path);
    return scene === "closed" ? json({}, 404) : json(await documentOf(scene, by));
  }
  if (wantsPage && (path === "/v" || /^\/(colleges|c)\//i.test(path))) request.url = "/v/index.html";
  next();
}

const idOf = (scene: Scene): string => `6f1c9c5e-8f0f-4c57-9d0e-00000000000${SCENES.indexOf(scene)}`;

const sceneOf = (text: string): Scene =>
  SCENES.find((scene) => text.includes(idOf(scene)) || text.includes(idOf(scene).replaceAll("-", ""))) ?? "valid";

async function documentOf(scene: Scene, here: Signer): Promise<JsonObject> {
  const by = scene === "elsewhere" ? await signer("hub.other.example", "other") : here;
  const items: Omit<Facts, "id">[] = [
    { title: "Smart India Hackathon 2025, first place", index: 301 },
    { title: "Coastal clean-up, Marina Beach", index: 302, level: "college", role: "Volunteer", day: "2025-08-09" },
    {
      title: "Paper at the National Conference on Embedded Systems",
      index: 304,
      role: "First author",
      day: "2025-02-21",
    },
  ];
  if (scene === "outdated")
    items.push({ title: "State-level quiz, runner-up", index: 303, level: "state", role: "Participant" });
  const inside = await Promise.all(
    items.map((facts, place) =>
      sign(achievement(by, { ...facts, id: `0d2b5c6a-3c1e-4f7b-8a9d-00000000000${place}` }), by),
    ),
  );
  const document = await sign(portfolio(by, idOf(scene), scene === "revoked" ? 1 : 2, inside), by);
  if (scene !== "changed") return document;
  return JSON.parse(JSON.stringify(document).replace("Volunteer", "Organiser")) as JsonObject;
}

async function report(scene: Scene, document: JsonObject, by: Signer): Promise<unknown> {
  const now = new Date().toISOString();
  const one = (id: string, state: string, code: string, more = {}) => ({
    id,
    state,
    code,
    message: `${id}: ${code}`,
    ...more,
  });
  const status =
    scene === "revoked"
      ? one("status", "fail", "revoked", { source: "record", at: "2026-01-20T09:12:00Z", reason: "issued_in_error" })
      : scene === "superseded"
        ? one("status", "fail", "superseded", {
            source: "record",
            link: `${by.origin}/colleges/anna-univ/portfolios/${idOf("valid")}`,
          })
        : one("status", "pass", "ok", { source: "record", as_of: now });
  const checks = [
    one("format", "pass", "ok"),
    scene === "changed"
      ? one("signature", "fail", "bad_signature")
      : one("signature", "pass", "ok", { proof: "eddsa-rdfc-2022", key: by.keyId }),
    scene === "elsewhere" ? one("issuer", "unknown", "unknown_issuer") : one("issuer", "pass", "ok"),
    one("validity", "pass", "ok"),
    status,
    scene === "no_record" || scene === "changed" ? one("record", "fail", "no_record") : one("record", "pass", "ok"),
    one("evidence", "not_applicable", "not_fetched"),
    scene === "outdated"
      ? one("nested", "fail", "nested_not_valid", { reason: "revoked" })
      : one("nested", "pass", "ok"),
  ];
  const states = checks.map((check) => check.state);
  const verdict = states.includes("fail")
    ? "not_valid"
    : states.includes("unknown")
      ? "incomplete"
      : states.includes("warn")
        ? "valid_with_remark"
        : "valid";
  const subject = document.credentialSubject as JsonObject;
  const nested = (subject.verifiableCredential as JsonObject[]).map((credential) => ({
    verdict: "valid",
    kind: "achievement",
    id: credential.id,
    checks: checks.slice(0, 4).concat(one("status", "pass", "ok"), one("record", "pass", "ok")),
    issuer: null,
    subject: null,
    content: null,
    nested: [],
    as_of: now,
    document: null,
  }));
  const issuer = scene === "elsewhere" ? null : { did: by.did, domain: by.origin.split("/")[2], ...REGISTER };
  return {
    verdict,
    kind: "portfolio",
    id: document.id,
    checks,
    issuer,
    subject: null,
    content: null,
    nested,
    as_of: now,
    document,
  };
}

const collegeList = (by: Signer) => ({
  type: "CollegeList",
  source: by.origin,
  as_of: new Date().toISOString(),
  colleges: [{ did: by.did, name: REGISTER.name, city: "Chennai", keys: keyHistory(by).keys }],
});

// Where each state can be seen; the QR's token among them.
async function scenes(by: Signer): Promise<Record<string, string>> {
  const hash = await recordHash(await documentOf("valid", by));
  const bytes = Uint8Array.from(hash.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const code = base32(await token(by, { portfolio: idOf("valid"), recordHash: bytes, index: 2 }));
  const damaged = code.slice(0, -3) + (code.endsWith("AAA") ? "BBB" : "AAA");
  const pages = SCENES.map((scene): [string, string] => [scene, `/colleges/anna-univ/portfolios/${idOf(scene)}`]);
  return { ...Object.fromEntries(pages), token: `/v#${code}`, damaged: `/v#${damaged}`, hash: hex(bytes) };
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("latin1");
}
