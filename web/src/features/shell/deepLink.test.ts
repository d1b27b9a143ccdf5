import { expect, it } from "vitest";

import { loginPath, pathAfterLogin } from "~/features/shell/deepLink";

const back = (next: string) => pathAfterLogin(new URLSearchParams({ next }));

it("leads back to the deep link after the log-in, with its query", () => {
  const login = loginPath({ pathname: "/app/review/42", search: "?category=sports" });
  expect(pathAfterLogin(new URLSearchParams(login.split("?")[1]))).toBe("/review/42?category=sports");
});

it("never leads to another site", () => {
  expect(["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)"].map(back)).toEqual([
    "/",
    "/",
    "/",
    "/",
  ]);
});

it("does not mention the home page or the log-in itself", () => {
  expect(loginPath({ pathname: "/app/", search: "" })).toBe("/login");
  expect(loginPath({ pathname: "/login", search: "" })).toBe("/login");
});
