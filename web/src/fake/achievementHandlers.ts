import { HttpResponse, http, type RequestHandler } from "msw";

import type {
  Achievement,
  Comment,
  RevisionDiff,
  AchievementContent,
  AchievementSummary,
  DecisionRequest,
  Me,
  Status,
} from "~/api/schema";
import { matches, page, problem } from "~/fake/answers";
import { certificate } from "~/fake/certificates";
import { CATEGORIES, entry, makeEvidence, makeId, type World } from "~/fake/world";

const DECIDED: Record<DecisionRequest["action"], Status> = {
  approve: "approved",
  reject: "rejected",
  request_changes: "changes_requested",
  propose_correction: "correction_proposed",
};

/** Achievements, evidence, decisions, portfolio. */
export function achievementHandlers(world: World, me: () => Me): RequestHandler[] {
  const find = (id: unknown) => world.achievements.get(String(id));

  /** What the caller sees of an item: with what they may do now. */
  function seen(item: Achievement): Achievement {
    return { ...item, allowed: allowedFor(item, me()), missing: missingOf(item) };
  }
  const answer = (item: Achievement, status = 200) =>
    HttpResponse.json(seen(item), { status, headers: { ETag: item.etag } });

  function touch(item: Achievement, change: Partial<Achievement>): Achievement {
    const [id, version] = item.etag.replaceAll('"', "").split(".");
    Object.assign(item, change, {
      etag: `"${id}.${Number(version) + 1}"`,
      updated_at: new Date().toISOString(),
    });
    return item;
  }
  const log = (item: Achievement, kind: string, by: string | null, text: string | null = null) =>
    world.timelines.get(item.id)?.push(entry(kind, 0, by, text));

  function guarded(request: Request, item: Achievement | undefined): Response | null {
    if (!item) return problem(404, "not_found");
    const wanted = request.headers.get("If-Match");
    if (!wanted) return problem(428, "precondition_required");
    if (wanted === item.etag) return null;
    return problem(412, "stale_version", {
      current: {
        status: item.status,
        decided_by: item.last_decision?.by,
        decided_at: item.last_decision?.at,
        etag: item.etag,
      },
    });
  }

  function decide(item: Achievement, { action, comment, reason, checklist, changes }: DecisionRequest): void {
    const now = new Date().toISOString();
    const by = me().full_name;
    touch(item, {
      status: DECIDED[action],
      due_at: null,
      last_decision: {
        id: makeId(),
        action,
        by,
        on_behalf_of: null,
        at: now,
        comment: comment ?? null,
        reason: reason ?? null,
        checklist: checklist ?? [],
        changes: changes
          ? Object.fromEntries(
              Object.entries(changes).map(([field, to]) => [
                field,
                { from: item[field as keyof Achievement], to },
              ]),
            )
          : null,
        undo_until: new Date(Date.now() + 600_000).toISOString(),
      },
      credential:
        action === "approve"
          ? {
              id: makeId(),
              url: `https://hub.example.edu/colleges/kaveri/credentials/${item.id}`,
              status: "active",
              issued_at: now,
              visibility: "unlisted",
              revoked_at: null,
              reason: null,
            }
          : null,
    });
    world.decidedToday += 1;
    log(item, DECIDED[action], by, comment ?? null);
    if (action === "approve") log(item, "issued", null);
  }

  function visible(url: URL): AchievementSummary[] {
    const get = (name: string) => url.searchParams.get(name);
    const person = me();
    return [...world.achievements.values()]
      .filter((item) =>
        person.roles.includes("student") ? item.student.id === person.id : item.status !== "draft",
      )
      .filter((item) => !get("status") || item.status === get("status"))
      .filter((item) => !get("category") || item.category.code === get("category"))
      .filter((item) => !get("student") || item.student.id === get("student"))
      .filter((item) => matches(get("q"), item.title, item.student.full_name, item.student.roll_number))
      .sort((one, other) => other.updated_at.localeCompare(one.updated_at));
  }

  const waiting = () =>
    [...world.achievements.values()]
      .filter(({ status }) => status === "submitted")
      .sort((one, other) => String(one.submitted_at).localeCompare(String(other.submitted_at)));

  return [
    http.get("/api/categories", () => HttpResponse.json(CATEGORIES)),
    http.get("/api/achievements", ({ request }) => page(new URL(request.url), visible(new URL(request.url)))),
    http.get("/api/achievements/:id", ({ params }) => {
      const item = find(params.id);
      return item ? answer(item) : problem(404, "not_found");
    }),
    http.get("/api/achievements/:id/timeline", ({ params }) =>
      HttpResponse.json(world.timelines.get(String(params.id)) ?? []),
    ),
    http.get("/api/achievements/:id/credential", ({ params }) =>
      HttpResponse.json({ id: params.id, type: ["VerifiableCredential"] }),
    ),
    http.put("/api/achievements/:id", async ({ params, request }) => {
      const held = find(params.id);
      if (held) return answer(held);
      const content = (await request.json()) as AchievementContent;
      const category = CATEGORIES.find(({ code }) => code === content.category);
      if (!category)
        return problem(422, "validation_failed", {
          errors: [{ pointer: "/category", code: "unknown", detail: "Unknown category." }],
        });
      const person = me();
      const now = new Date().toISOString();
      const item: Achievement = {
        ...content,
        id: String(params.id),
        etag: `"${params.id}.1"`,
        status: "draft",
        category: { code: category.code, name: category.name, icon: category.icon },
        updated_at: now,
        submitted_at: null,
        due_at: null,
        evidence_count: 0,
        thumbnail_url: null,
        student: {
          id: person.id,
          full_name: person.full_name,
          full_name_native: person.full_name_native,
          roll_number: person.roll_number ?? "",
          department: "CSE",
        },
        warnings: [],
        revision: 1,
        evidence: [],
        allowed: [],
        last_decision: null,
        credential: null,
        previous_approvals: 3,
        missing: [],
        approvals: { given: 0, needed: 1 },
        awaiting_second: false,
        claim: null,
        live_revision: null,
      };
      world.achievements.set(item.id, item);
      world.timelines.set(item.id, [entry("created", 0, person.full_name)]);
      return answer(item, 201);
    }),
    http.patch("/api/achievements/:id", async ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      const { category, ...change } = (await request.json()) as Partial<AchievementContent>;
      const known = CATEGORIES.find(({ code }) => code === category);
      return answer(
        touch(item, {
          ...change,
          ...(known ? { category: { code: known.code, name: known.name, icon: known.icon } } : {}),
        }),
      );
    }),
    http.delete("/api/achievements/:id", ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused) return refused;
      world.achievements.delete(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
    http.post("/api/achievements/:id/submit", ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      log(item, "submitted", me().full_name);
      return answer(
        touch(item, {
          status: "submitted",
          submitted_at: new Date().toISOString(),
          due_at: new Date(Date.now() + 6e8).toISOString(),
        }),
      );
    }),
    http.post("/api/achievements/:id/withdraw", ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      log(item, "withdrawn", me().full_name);
      return answer(touch(item, { status: "draft", submitted_at: null, due_at: null }));
    }),
    http.post("/api/achievements/:id/decisions", async ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      decide(item, (await request.json()) as DecisionRequest);
      return answer(item);
    }),
    http.post("/api/achievements/:id/decisions/:decision/undo", ({ params }) => {
      const item = find(params.id);
      if (!item) return problem(404, "not_found");
      log(item, "undone", me().full_name);
      return answer(touch(item, { status: "submitted", last_decision: null, credential: null }));
    }),
    http.get("/api/achievements/:id/comments", ({ params }) =>
      HttpResponse.json(world.comments.get(String(params.id)) ?? []),
    ),
    http.post("/api/achievements/:id/comments", async ({ params, request }) => {
      const { text } = (await request.json()) as { text: string };
      const { id: by_id, full_name: by } = me();
      const said: Comment = { id: makeId(), revision: 1, by, by_id, text, at: new Date().toISOString() };
      world.comments.set(String(params.id), [...(world.comments.get(String(params.id)) ?? []), said]);
      return HttpResponse.json(said, { status: 201 });
    }),
    http.get("/api/achievements/:id/diff", ({ params, request }) => {
      const { searchParams } = new URL(request.url);
      const title = find(params.id)?.title ?? "";
      return HttpResponse.json({
        from: Number(searchParams.get("from")),
        to: Number(searchParams.get("to")),
        fields: [{ field: "title", from: `${title}, draft`, to: title }],
        evidence: { added: [], removed: [] },
      } satisfies RevisionDiff);
    }),
    http.post("/api/achievements/:id/correction/:answer", ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      const confirmed = params.answer === "confirm";
      const facts = Object.fromEntries(
        Object.entries(item.last_decision?.changes ?? {}).map(([field, change]) => [field, change?.to]),
      );
      log(item, confirmed ? "correction_confirmed" : "correction_declined", me().full_name);
      return answer(touch(item, confirmed ? { ...facts, status: "approved" } : { status: "submitted" }));
    }),
    http.post("/api/achievements/:id/:step", ({ params, request }) => {
      const item = find(params.id);
      if (params.step !== "amend" && params.step !== "appeal") return problem(404, "not_found");
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      log(item, params.step === "amend" ? "amendment_begun" : "appealed", me().full_name);
      return answer(
        touch(item, {
          status: "draft",
          live_revision: params.step === "amend" ? item.revision : null,
          revision: item.revision + 1,
        }),
      );
    }),
    http.delete("/api/achievements/:id/amend", ({ params, request }) => {
      const item = find(params.id);
      const refused = guarded(request, item);
      if (refused || !item) return refused ?? problem(404, "not_found");
      return answer(touch(item, { status: "approved", revision: item.revision - 1, live_revision: null }));
    }),
    http.post("/api/decisions/bulk", async ({ request }) => {
      const body = (await request.json()) as DecisionRequest & { items: { id: string; etag: string }[] };
      const results = body.items.map(({ id, etag }) => {
        const item = find(id);
        // Somebody else was faster at this one: bulk answers are per item.
        if (!item || item.etag !== etag)
          return {
            id,
            outcome: "failed",
            problem: {
              type: "about:blank",
              title: "stale",
              status: 412,
              code: "stale_version",
              trace_id: "fake",
              current: { status: "approved", etag },
            },
          };
        decide(item, { action: body.action });
        return { id, outcome: "done" };
      });
      const done = results.filter(({ outcome }) => outcome === "done").length;
      return HttpResponse.json({ summary: { done, failed: results.length - done }, results });
    }),
    http.post("/api/achievements/:id/evidence", async ({ params, request }) => {
      const item = find(params.id);
      if (!item) return problem(404, "not_found");
      const files = (await request.formData()).getAll("file") as File[];
      const made = files.map(({ name, type, size }) => makeEvidence(name, type, size));
      const evidence = [...item.evidence, ...made];
      touch(item, {
        evidence,
        evidence_count: evidence.length,
        thumbnail_url: evidence[0]?.thumb_url ?? null,
      });
      return HttpResponse.json(made, { status: 201 });
    }),
    http.patch("/api/achievements/:id/evidence/:piece", async ({ params, request }) => {
      const piece = find(params.id)?.evidence.find(({ id }) => id === params.piece);
      return piece
        ? HttpResponse.json(Object.assign(piece, await request.json()))
        : problem(404, "not_found");
    }),
    http.delete("/api/achievements/:id/evidence/:piece", ({ params }) => {
      const item = find(params.id);
      if (!item) return problem(404, "not_found");
      touch(item, { evidence: item.evidence.filter(({ id }) => id !== params.piece) });
      return new HttpResponse(null, { status: 204 });
    }),
    http.get("/api/evidence/:piece/:what", ({ params }) => {
      const owner = [...world.achievements.values()].find(({ evidence }) =>
        evidence.some(({ id }) => id === params.piece),
      );
      if (!owner) return problem(404, "not_found");
      const hue = [...owner.title].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 360;
      return new HttpResponse(certificate(owner.title, owner.student.full_name, owner.organiser, hue), {
        headers: { "Content-Type": "image/svg+xml" },
      });
    }),
    http.get("/api/review/queue", ({ request }) => {
      const url = new URL(request.url);
      const get = (name: string) => url.searchParams.get(name);
      return page(
        url,
        waiting()
          .filter((item) => !get("category") || item.category.code === get("category"))
          .filter((item) => !get("department") || item.student.department === get("department"))
          .filter((item) => matches(get("q"), item.title, item.student.full_name, item.student.roll_number)),
      );
    }),
    http.get("/api/review/stats", () => {
      const all = waiting();
      const by_category = CATEGORIES.map(({ code, name }) => ({
        code,
        name,
        count: all.filter(({ category }) => category.code === code).length,
      })).filter(({ count }) => count > 0);
      return HttpResponse.json({
        waiting: all.length,
        oldest_submitted_at: all[0]?.submitted_at ?? null,
        by_category,
        decided_today: world.decidedToday,
      });
    }),
  ];
}

function allowedFor(item: Achievement, { id, permissions }: Me): Achievement["allowed"] {
  const { status, live_revision } = item;
  if (item.student.id === id) {
    if (status === "draft")
      return [
        "edit",
        ...(live_revision === null ? (["delete"] as const) : (["drop_amendment"] as const)),
        ...(permissions.includes("achievement:submit") ? (["submit"] as const) : []),
      ];
    if (status === "approved") return ["amend"];
    if (status === "rejected") return ["appeal"];
    if (status === "correction_proposed") return ["confirm_correction", "decline_correction"];
    if (status === "changes_requested") return ["edit", "submit"];
    return status === "submitted" ? ["withdraw"] : [];
  }
  if (!permissions.includes("review:decide")) return [];
  if (status === "submitted") return ["approve", "reject", "request_changes", "propose_correction"];
  const mine: Achievement["allowed"] = item.last_decision?.undo_until ? ["undo"] : [];
  return status === "approved" && permissions.includes("credential:revoke") ? [...mine, "revoke"] : mine;
}

function missingOf({ evidence, outcome, organiser }: Achievement): string[] {
  return [
    ...(evidence.length === 0 ? ["Add at least one proof."] : []),
    ...(organiser ? [] : ["Say who organised it."]),
    ...(outcome ? [] : ["Choose the result."]),
  ];
}
