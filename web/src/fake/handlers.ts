import { delay, HttpResponse, http, type RequestHandler } from "msw";

import type { Me, Tokens } from "~/api/schema";
import { accountHandlers } from "~/fake/accountHandlers";
import { achievementHandlers } from "~/fake/achievementHandlers";
import { page, problem } from "~/fake/answers";
import { officeHandlers } from "~/fake/officeHandlers";
import { PEOPLE } from "~/fake/people";
import { newWorld, POINTS } from "~/fake/world";

const WHO = "fake.signed-in";

/** A small hub: as much behaviour as the pages need to be looked at and tested. */
export function handlers(): RequestHandler[] {
  const world = newWorld();
  const signedIn = (): Me | null => personOf(sessionStorage.getItem(WHO));
  // The pictures in other languages are of a person who chose one.
  const spoken = sessionStorage.getItem("fake.language");
  if (spoken) for (const { me } of PEOPLE) me.language = spoken as Me["language"];

  return [
    http.all("/api/*", async () => {
      await delay(120);
    }),
    http.get("/api/demo", () =>
      HttpResponse.json({
        logins: PEOPLE.map(({ me, role }) => ({
          college: me.college.slug,
          college_name: me.college.name,
          email: me.email,
          password: "demo",
          role,
          name: me.full_name,
        })),
        mails_url: "/demo/mails/",
      }),
    ),
    http.post("/api/token", async ({ request }) => {
      const { email, password, college } = (await request.json()) as {
        email: string;
        password: string;
        college?: string;
      };
      if (email === "two@kaveri.test" && !college) {
        return problem(409, "choose_college", {
          colleges: [
            { slug: "kaveri", name: "Kaveri Institute of Technology" },
            { slug: "narmada", name: "Narmada College of Arts and Science" },
          ],
        });
      }
      if (!personOf(email) || password !== "demo") return problem(401, "unauthenticated");
      sessionStorage.setItem(WHO, email);
      return HttpResponse.json(tokens());
    }),
    http.post("/api/token/refresh", () =>
      signedIn() ? HttpResponse.json(tokens()) : problem(401, "unauthenticated"),
    ),
    http.post("/api/token/revoke", () => {
      sessionStorage.removeItem(WHO);
      return new HttpResponse(null, { status: 204 });
    }),
    ...publicHandlers(),
    http.all("/api/*", ({ request }) => {
      if (!request.headers.get("Authorization")?.startsWith("Bearer fake.") || !signedIn())
        return problem(401, "unauthenticated");
      return undefined;
    }),
    http.get("/api/me", () => {
      const me = signedIn() as Me;
      const items = [...world.achievements.values()];
      const counts = {
        waiting_for_review: items.filter(
          ({ status, student }) => status === "submitted" && student.id !== me.id,
        ).length,
        needs_me: items.filter(
          ({ status, student }) => student.id === me.id && status === "changes_requested",
        ).length,
        unread_notifications:
          me.roles.includes("student") && me.state === "confirmed"
            ? world.notifications.filter(({ read }) => !read).length
            : 0,
      };
      return HttpResponse.json({ ...me, counts }, { headers: { ETag: '"me.1"' } });
    }),
    http.patch("/api/me", async ({ request }) => {
      const me = signedIn() as Me;
      Object.assign(me, await request.json());
      return HttpResponse.json(me, { headers: { ETag: '"me.2"' } });
    }),
    http.get("/api/me/points", () => HttpResponse.json(POINTS)),
    http.get("/api/notifications", ({ request }) => page(new URL(request.url), world.notifications)),
    http.post("/api/notifications/read", () => {
      for (const notification of world.notifications) notification.read = true;
      return new HttpResponse(null, { status: 204 });
    }),
    ...achievementHandlers(world, () => signedIn() as Me),
    ...officeHandlers(world),
    ...accountHandlers(),
  ];
}

function publicHandlers(): RequestHandler[] {
  const colleges = [
    { slug: "kaveri", name: "Kaveri Institute of Technology", city: "Tiruchirappalli" },
    { slug: "narmada", name: "Narmada College of Arts and Science", city: "Jabalpur" },
  ];
  return [
    http.get("/api/colleges", ({ request }) => page(new URL(request.url), colleges)),
    http.get("/api/colleges/:slug", ({ params }) => {
      const college = colleges.find(({ slug }) => slug === params.slug);
      if (!college) return problem(404, "not_found");
      return HttpResponse.json({
        ...college,
        did: `did:web:hub.example.edu:colleges:${college.slug}`,
        website: null,
        colour: "#0f766e",
        logo_url: null,
        departments: [
          { id: "d-cse", code: "CSE", name: "Computer Science and Engineering" },
          { id: "d-ece", code: "ECE", name: "Electronics and Communication" },
          { id: "d-mech", code: "MECH", name: "Mechanical Engineering" },
        ],
        programmes: [
          { id: "g-1", code: "BTECH-CSE", name: "B.Tech. Computer Science", department_id: "d-cse" },
          { id: "g-2", code: "BTECH-ECE", name: "B.Tech. Electronics", department_id: "d-ece" },
          { id: "g-3", code: "BE-MECH", name: "B.E. Mechanical", department_id: "d-mech" },
        ],
        consent_version: "2026-06",
        consent_text:
          "The college keeps your name, roll number, programme and the achievements you add, with their proofs, to check and sign them. Your faculty sees what you submit. A signed credential is visible to whoever has its link. You can close it, and you can ask for your account to be deleted.\nQuestions: privacy@kaveri.test",
      });
    }),
    http.post("/api/register", async ({ request }) => {
      const body = (await request.json()) as { roll_number: string };
      if (body.roll_number === "TAKEN") {
        return problem(422, "validation_failed", {
          errors: [
            { pointer: "/roll_number", code: "taken", detail: "This roll number is registered already." },
          ],
        });
      }
      return HttpResponse.json({ state: "email_unverified" }, { status: 201 });
    }),
    http.post("/api/email/verify", async ({ request }) => {
      const { token } = (await request.json()) as { token: string };
      return token === "good" ? HttpResponse.json({ state: "unconfirmed" }) : problem(404, "not_found");
    }),
    http.post("/api/password/reset", () => new HttpResponse(null, { status: 202 })),
    http.post("/api/password/reset/confirm", () => new HttpResponse(null, { status: 204 })),
    http.get("/api/invitations/good", () =>
      HttpResponse.json({
        college: { slug: "kaveri", name: "Kaveri Institute of Technology" },
        email: "suresh.p@kaveri.test",
        roles: ["faculty"],
        expires_at: new Date(Date.now() + 5e8).toISOString(),
      }),
    ),
    http.post("/api/invitations/good/accept", () =>
      HttpResponse.json({ email: "suresh.p@kaveri.test", college: "kaveri" }, { status: 201 }),
    ),
  ];
}

function personOf(email: string | null): Me | null {
  return PEOPLE.find(({ me }) => me.email === email)?.me ?? null;
}

function tokens(): Tokens {
  return { access: `fake.${crypto.randomUUID()}`, device: null, refresh: null, expires_in: 600 };
}
