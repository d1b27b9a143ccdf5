import { afterEach, expect, test, vi } from "vitest";
import { memoryShelf } from "../src/check/shelf";
import { siteAt } from "../src/check/site";

const ORIGIN = "https://hub.example";
const DID = "/colleges/anna-univ/did.json";

afterEach(() => vi.unstubAllGlobals());

function network(...answers: (Response | Error)[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const next = answers.shift();
    if (!next || next instanceof Error) throw next ?? new Error("no network");
    return next;
  });
  return asked;
}
const json = (body: string, status = 200, headers = {}) =>
  new Response(body, { status, headers: { "content-type": "application/json", ...headers } });

test("a key is asked for anew each time, and the kept one is used when nobody answers", async () => {
  const site = siteAt(ORIGIN, memoryShelf());
  network(json("1"), json("2"));
  expect(await site.read(DID, "application/json")).toEqual({ ok: true, body: "1", keptAt: null });
  expect(await site.read(DID, "application/json")).toEqual({ ok: true, body: "2", keptAt: null });
  network();
  expect(await site.read(DID, "application/json")).toEqual({
    ok: true,
    body: "2",
    keptAt: expect.stringMatching(/^20.*Z$/),
  });
});

test("a refusal is an answer: what was kept does not stand in for it", async () => {
  const site = siteAt(ORIGIN, memoryShelf());
  network(json("1"), json("{}", 404), json("{}", 500));
  await site.read(DID, "application/json");
  expect(await site.read(DID, "application/json")).toEqual({ ok: false, status: 404 });
  expect(await site.read(DID, "application/json")).toEqual({ ok: false, status: 500 });
});

test("a page for people is no answer", async () => {
  network(new Response("<html>", { headers: { "content-type": "text/html" } }));
  expect(await siteAt(ORIGIN, memoryShelf()).read(DID, "application/json")).toEqual({ ok: false, status: null });
});

test("a document of a person is never kept", async () => {
  const site = siteAt(ORIGIN, memoryShelf());
  const path = "/colleges/anna-univ/credentials/6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11";
  network(json("private"));
  await site.read(path, "application/vc");
  network();
  expect(await site.read(path, "application/vc")).toEqual({ ok: false, status: null });
});

test("whoever is asked to wait a moment waits and asks again, and not for ever", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const wait = () => json("{}", 429, { "retry-after": "1" });
  const asked = network(wait(), json("done"));
  const answer = siteAt(ORIGIN, memoryShelf()).ask("/api/verify/", "text/plain", "x");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await answer).toEqual({ ok: true, body: "done", keptAt: null });
  expect(asked).toHaveLength(2);
  network(wait(), wait(), wait(), wait());
  const busy = siteAt(ORIGIN, memoryShelf()).ask("/api/verify/", "text/plain", "x");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await busy).toEqual({ ok: false, status: 429 });
  vi.useRealTimers();
});
