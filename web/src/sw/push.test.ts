import { expect, it } from "vitest";

import { noticeOf, pathOf } from "~/sw/push";

it("shows what the hub wrote", () => {
  const push = { title: "Approved", body: "NSS special camp", path: "/app/achievements/1", tag: "a1" };
  expect(noticeOf(JSON.stringify(push))).toMatchObject({ title: "Approved", body: push.body, tag: "a1" });
});

it("still says something for a message it cannot read", () => {
  expect([noticeOf(""), noticeOf("{"), noticeOf('{"title":3}')].map(({ title }) => title)).toEqual(
    Array(3).fill("Student Hub"),
  );
});

it("leads nowhere but into the app", () => {
  expect(pathOf({ path: "/app/review/1" })).toBe("/app/review/1");
  for (const path of ["https://evil.test", "//evil.test", "/app//evil.test", "/api/me/", 7, undefined])
    expect(pathOf({ path })).toBe("/app/");
  expect(pathOf(null)).toBe("/app/");
});
