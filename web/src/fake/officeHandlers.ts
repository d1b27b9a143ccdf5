import { HttpResponse, http, type RequestHandler } from "msw";

import { matches, page, problem } from "~/fake/answers";
import { makeId, type World } from "~/fake/world";

/** Members, roster, invitations, keys, portfolios. */
export function officeHandlers(world: World): RequestHandler[] {
  return [
    http.get("/api/members", ({ request }) => {
      const url = new URL(request.url);
      const { state, role, q } = Object.fromEntries(url.searchParams) as Record<string, string | undefined>;
      return page(
        url,
        world.members
          .filter((member) => !state || member.state === state)
          .filter((member) => !role || member.roles.some((held) => held === role))
          .filter((member) => matches(q ?? null, member.full_name, member.email, member.roll_number)),
      );
    }),
    http.post("/api/members/:id/confirm", ({ params }) => {
      const member = world.members.find(({ id }) => id === params.id);
      return member
        ? HttpResponse.json(Object.assign(member, { state: "confirmed" }))
        : problem(404, "not_found");
    }),
    http.get("/api/roster", ({ request }) => {
      const url = new URL(request.url);
      return page(
        url,
        world.roster.filter((row) =>
          matches(url.searchParams.get("q"), row.full_name, row.roll_number, row.email),
        ),
      );
    }),
    http.post("/api/roster/imports", async ({ request }) => {
      const { csv } = (await request.json()) as { csv: string };
      const rows = csv.trim().split("\n").slice(1);
      const errors = rows.flatMap((row, index) =>
        row.split(",")[3]
          ? []
          : [{ row: index + 2, column: "programme", code: "required", detail: "The programme is missing." }],
      );
      return HttpResponse.json({
        accepted: rows.length - errors.length,
        created: rows.length - errors.length,
        updated: 0,
        errors,
      });
    }),
    http.get("/api/invitations", ({ request }) => page(new URL(request.url), world.invitations)),
    http.post("/api/invitations", async ({ request }) => {
      const { email, roles } = (await request.json()) as { email: string; roles: { role: "faculty" }[] };
      const made = {
        id: makeId(),
        email,
        roles: roles.map(({ role }) => role),
        created_at: new Date().toISOString(),
        expires_at: new Date(Date.now() + 6e8).toISOString(),
        accepted_at: null,
      };
      world.invitations.unshift(made);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.delete("/api/invitations/:id", ({ params }) => {
      world.invitations = world.invitations.filter(({ id }) => id !== params.id);
      return new HttpResponse(null, { status: 204 });
    }),
    http.get("/api/keys", () => HttpResponse.json(world.keys)),
    http.post("/api/keys/:id/rotate", ({ params }) => {
      const old = world.keys.find(({ id }) => id === params.id);
      if (!old) return problem(404, "not_found");
      const now = new Date().toISOString();
      const made = {
        ...old,
        id: makeId(),
        kid: `${old.kid}-next`,
        created_at: now,
        activated_at: now,
        signatures: 0,
        last_used_at: null,
      };
      Object.assign(old, { state: "retired", retired_at: now });
      world.keys.unshift(made);
      return HttpResponse.json(made);
    }),
    http.patch("/api/credentials/:id", async ({ params, request }) => {
      const owner = [...world.achievements.values()].find(({ credential }) => credential?.id === params.id);
      if (!owner?.credential) return problem(404, "not_found");
      return HttpResponse.json(Object.assign(owner.credential, await request.json()));
    }),
    http.post("/api/credentials/:id/revoke", async ({ params, request }) => {
      const owner = [...world.achievements.values()].find(({ credential }) => credential?.id === params.id);
      if (!owner?.credential) return problem(404, "not_found");
      const { text } = (await request.json()) as { text: string };
      owner.status = "revoked";
      return HttpResponse.json(
        Object.assign(owner.credential, {
          status: "revoked",
          revoked_at: new Date().toISOString(),
          reason: text,
        }),
      );
    }),
    http.get("/api/portfolio/exports", () => HttpResponse.json(world.exports)),
    http.post("/api/portfolio/exports", async ({ request }) => {
      const {
        achievements = [],
        locale = "en",
        template = "classic",
        size = "full",
      } = (await request.json()) as {
        achievements?: string[];
        locale?: string;
        template?: string;
        size?: string;
      };
      const id = makeId();
      for (const old of world.exports) old.out_of_date = true;
      const made = {
        id,
        state: "done" as const,
        progress: 100,
        reason: null,
        url: `https://hub.example.edu/colleges/kaveri/portfolios/${id}`,
        file_url: `/api/portfolio/exports/${id}/file`,
        created_at: new Date().toISOString(),
        size: 201_000,
        sha256: "5d".repeat(32),
        signature_level: "B-LTA",
        stamped_at: new Date().toISOString(),
        achievements: achievements.length,
        locale,
        template,
        small: size === "small",
        out_of_date: false,
      };
      world.exports.unshift(made);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.post("/api/portfolio/preview", async ({ request }) => {
      const { template = "classic" } = (await request.json()) as { template?: string };
      const page = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297"><rect width="210" height="297" fill="#fff"/><text x="20" y="60" font-size="14">${template}</text></svg>`;
      return new HttpResponse(page, { headers: { "Content-Type": "image/svg+xml" } });
    }),
    http.get(
      "/api/portfolio/exports/:id/file",
      () => new HttpResponse("%PDF-1.7\n", { headers: { "Content-Type": "application/pdf" } }),
    ),
  ];
}
