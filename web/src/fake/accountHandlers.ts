import { HttpResponse, http, type RequestHandler } from "msw";

import type {
  Confirmation,
  SecondFactors,
  Session,
  Share,
  ShareRequest,
  SharedEvent,
  Team,
} from "~/api/schema";
import { page, problem } from "~/fake/answers";
import { makeId } from "~/fake/world";

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

/** One's own account, links, events and teams. Passkeys need a hub: none can be made here. */
export function accountHandlers(): RequestHandler[] {
  let sessions: Session[] = [
    {
      id: makeId(),
      current: true,
      device: "Chrome, Android",
      web: true,
      methods: ["password"],
      logged_in_at: ago(0.1),
      last_used_at: ago(0),
    },
    {
      id: makeId(),
      current: false,
      device: "Firefox, Windows",
      web: true,
      methods: ["password"],
      logged_in_at: ago(9),
      last_used_at: ago(2),
    },
  ];
  const factors: SecondFactors = { totp: false, passkeys: 0, recovery_codes: 0, required: false, due: false };
  let shares: Share[] = [
    {
      id: makeId(),
      etag: "1",
      name: "Summer internship",
      achievements: null,
      evidence: false,
      expires_at: ago(-21),
      open: true,
      opens: 4,
      last_opened: ago(1),
      created_at: ago(9),
    },
  ];
  const events: SharedEvent[] = [
    {
      id: makeId(),
      name: "Smart India Hackathon 2026",
      organiser: "AICTE",
      level: "national",
      started_on: "2026-09-11",
      ended_on: "2026-09-12",
    },
  ];
  const teams: Team[] = [];
  const codes = () => ({
    recovery_codes: Array.from({ length: 10 }, () => makeId().slice(0, 19)),
  });

  return [
    http.get("/api/sessions", () => HttpResponse.json(sessions)),
    http.delete("/api/sessions", () => {
      sessions = sessions.filter(({ current }) => current);
      return new HttpResponse(null, { status: 204 });
    }),
    http.delete("/api/sessions/:id", ({ params }) => {
      sessions = sessions.filter(({ id }) => id !== params.id);
      return new HttpResponse(null, { status: 204 });
    }),
    http.get("/api/second-factor", () => HttpResponse.json(factors)),
    http.post("/api/second-factor/totp", () =>
      HttpResponse.json(
        {
          secret: "JBSWY3DPEHPK3PXP",
          otpauth: "otpauth://totp/Hub:fake?secret=JBSWY3DPEHPK3PXP",
          qr_svg: "",
        },
        { status: 201 },
      ),
    ),
    http.post("/api/second-factor/totp/confirm", () => {
      Object.assign(factors, { totp: true, recovery_codes: 10 });
      return HttpResponse.json(codes());
    }),
    http.delete("/api/second-factor/totp", () => {
      Object.assign(factors, { totp: false, recovery_codes: 0 });
      return new HttpResponse(null, { status: 204 });
    }),
    http.post("/api/second-factor/recovery-codes", () => HttpResponse.json(codes())),
    http.get("/api/passkeys", () => HttpResponse.json([])),
    http.post("/api/passkeys/options", () => problem(409, "conflict")),
    http.get("/api/portfolio/shares", () => HttpResponse.json(shares)),
    http.post("/api/portfolio/shares", async ({ request }) => {
      const { name, achievements, evidence, expires_at } = (await request.json()) as ShareRequest;
      const made: Share = {
        id: makeId(),
        etag: "1",
        name: name ?? "Shared link",
        achievements: (achievements as string[] | null | undefined) ?? null,
        evidence: evidence ?? false,
        expires_at: expires_at ?? ago(-90),
        open: true,
        opens: 0,
        last_opened: null,
        created_at: ago(0),
      };
      shares = [made, ...shares];
      return HttpResponse.json({ ...made, url: `https://hub.test/p/${makeId()}` }, { status: 201 });
    }),
    http.patch("/api/portfolio/shares/:id", async ({ params, request }) => {
      const share = shares.find(({ id }) => id === params.id);
      return share
        ? HttpResponse.json(Object.assign(share, await request.json()))
        : problem(404, "not_found");
    }),
    http.delete("/api/portfolio/shares/:id", ({ params }) => {
      shares = shares.filter(({ id }) => id !== params.id);
      return new HttpResponse(null, { status: 204 });
    }),
    http.get("/api/events", ({ request }) => page(new URL(request.url), events)),
    http.post("/api/events", async ({ request }) => {
      const entered = { id: makeId(), ...((await request.json()) as Omit<SharedEvent, "id">) };
      events.unshift(entered);
      return HttpResponse.json(entered, { status: 201 });
    }),
    http.get("/api/teams", () => HttpResponse.json(teams)),
    http.post("/api/teams", async ({ request }) => {
      const { name, event, roll_numbers } = (await request.json()) as {
        name: string;
        event: string | null;
        roll_numbers: string[];
      };
      const entered: Team = { id: makeId(), name, event, members: roll_numbers };
      teams.unshift(entered);
      return HttpResponse.json(entered, { status: 201 });
    }),
    http.get("/api/confirmations", () => HttpResponse.json([] satisfies Confirmation[])),
  ];
}
