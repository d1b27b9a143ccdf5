import { delay, HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

const BASE = "http://hub.test";
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

// The token lives in the module's memory: a fresh module is a fresh tab.
let client: typeof import("~/api/client");
let session: typeof import("~/api/session");
let problems: typeof import("~/api/problem");
beforeEach(async () => {
  vi.resetModules();
  client = await import("~/api/client");
  session = await import("~/api/session");
  problems = await import("~/api/problem");
});

const tokens = (access: string, expires_in = 600) => ({ access, device: null, refresh: null, expires_in });

describe("the refresh", () => {
  it("is asked for once when many requests start without a token", async () => {
    let refreshes = 0;
    server.use(
      http.post(`${BASE}/api/token/refresh/`, async ({ request }) => {
        refreshes += 1;
        expect(request.headers.get("X-Hub-Client")).toBe("web");
        await delay(20);
        return HttpResponse.json(tokens("one"));
      }),
      http.get(`${BASE}/api/categories/`, ({ request }) =>
        HttpResponse.json([request.headers.get("Authorization")]),
      ),
    );
    const answers = await Promise.all([1, 2, 3].map(() => client.call<string[]>("/api/categories/")));
    expect(answers).toEqual([["Bearer one"], ["Bearer one"], ["Bearer one"]]);
    expect(refreshes).toBe(1);
  });

  it("follows a 401 once, and the request is repeated with the new token and the same body", async () => {
    const seen: string[] = [];
    session.keepTokens(tokens("old"));
    server.use(
      http.post(`${BASE}/api/token/refresh/`, () => HttpResponse.json(tokens("new"))),
      http.post(`${BASE}/api/x/`, async ({ request }) => {
        seen.push(`${request.headers.get("Authorization")} ${await request.text()}`);
        return request.headers.get("Authorization") === "Bearer new"
          ? HttpResponse.json({ ok: true })
          : new HttpResponse(null, { status: 401 });
      }),
    );
    await expect(client.call("/api/x/", { method: "POST", body: { a: 1 } })).resolves.toEqual({ ok: true });
    expect(seen).toEqual(['Bearer old {"a":1}', 'Bearer new {"a":1}']);
  });

  it("is not repeated when the new token is refused as well", async () => {
    let calls = 0;
    session.keepTokens(tokens("old"));
    server.use(
      http.post(`${BASE}/api/token/refresh/`, () => HttpResponse.json(tokens("new"))),
      http.get(`${BASE}/api/x/`, () => {
        calls += 1;
        return HttpResponse.json({ code: "unauthenticated", title: "no" }, { status: 401 });
      }),
    );
    await expect(client.call("/api/x/")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(calls).toBe(2);
  });

  it("ends the session for everyone who listens when nobody is signed in", async () => {
    const ended = vi.fn();
    session.onSessionEnd(ended);
    server.use(http.post(`${BASE}/api/token/refresh/`, () => new HttpResponse(null, { status: 401 })));
    await expect(client.call("/api/me/")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(ended).toHaveBeenCalledExactlyOnceWith("expired");
  });

  it("keeps the session when the hub is only unreachable", async () => {
    const ended = vi.fn();
    session.onSessionEnd(ended);
    server.use(http.post(`${BASE}/api/token/refresh/`, () => HttpResponse.error()));
    await expect(client.call("/api/me/")).rejects.toMatchObject({ code: "offline" });
    expect(ended).not.toHaveBeenCalled();
  });

  it("takes the token another tab received while this one waited for the lock", async () => {
    let refreshes = 0;
    const otherTab = new BroadcastChannel("hub-session");
    vi.stubGlobal("navigator", {
      ...navigator,
      locks: {
        request: async (_name: string, work: () => Promise<boolean>) => {
          otherTab.postMessage({
            kind: "access",
            access: { token: "theirs", expiresAt: Date.now() + 600_000 },
          });
          await vi.waitFor(() => expect(session.freshToken()).toBe("theirs"));
          return work();
        },
      },
    });
    server.use(
      http.post(`${BASE}/api/token/refresh/`, () => {
        refreshes += 1;
        return HttpResponse.json(tokens("mine"));
      }),
      http.get(`${BASE}/api/x/`, ({ request }) => HttpResponse.json(request.headers.get("Authorization"))),
    );
    await expect(client.call("/api/x/")).resolves.toBe("Bearer theirs");
    expect(refreshes).toBe(0);
    otherTab.close();
    vi.unstubAllGlobals();
  });

  it("comes before the token runs out, not after", () => {
    session.keepTokens(tokens("short", 60), 0);
    expect(session.freshToken(39_000)).toBe("short");
    expect(session.freshToken(41_000)).toBeNull();
  });
});

describe("a request", () => {
  beforeEach(() => session.keepTokens(tokens("t")));

  it("quotes a bare entity tag and leaves a quoted or weak one as it is", () => {
    expect(["abc", '"abc"', 'W/"abc"'].map(client.quotedTag)).toEqual(['"abc"', '"abc"', 'W/"abc"']);
  });

  it("carries its conditions and its key", async () => {
    server.use(
      http.put(`${BASE}/api/x/`, ({ request }) =>
        HttpResponse.json(
          ["If-Match", "If-None-Match", "Idempotency-Key"].map((name) => request.headers.get(name)),
        ),
      ),
    );
    await expect(
      client.call("/api/x/", {
        method: "PUT",
        body: {},
        ifMatch: "3",
        ifNoneMatch: "*",
        idempotencyKey: "k",
      }),
    ).resolves.toEqual(['"3"', "*", "k"]);
  });

  it("drops empty filters from the address", async () => {
    server.use(http.get(`${BASE}/api/x/`, ({ request }) => HttpResponse.json(new URL(request.url).search)));
    await expect(
      client.call("/api/x/", { query: { q: "", status: undefined, limit: 5, cursor: null } }),
    ).resolves.toBe("?limit=5");
  });

  it("turns a problem document into an error that keeps who decided", async () => {
    const current = {
      status: "approved",
      decided_by: "Dr. Meera Nair",
      decided_at: "2026-11-22T10:00:00Z",
      etag: '"9"',
    };
    server.use(
      http.post(`${BASE}/api/x/`, () =>
        HttpResponse.json(
          { type: "about:blank", title: "Stale", status: 412, code: "stale_version", trace_id: "t", current },
          { status: 412, headers: { "Content-Type": "application/problem+json" } },
        ),
      ),
    );
    const error = await client
      .call("/api/x/", { method: "POST", body: {} })
      .catch((reason: unknown) => reason);
    expect(problems.hasCode(error, "stale_version")).toBe(true);
    expect(error).toMatchObject({ problem: { current } });
  });

  it("makes a problem even of a proxy's page", async () => {
    server.use(
      http.get(
        `${BASE}/api/x/`,
        () =>
          new HttpResponse("<h1>Bad gateway</h1>", { status: 502, headers: { "Content-Type": "text/html" } }),
      ),
    );
    await expect(client.call("/api/x/")).rejects.toMatchObject({ code: "busy", status: 502 });
  });
});
