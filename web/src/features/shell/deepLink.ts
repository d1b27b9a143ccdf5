/** The log-in page's address that leads back to where the person wanted to go. */
export function loginPath(wanted: { pathname: string; search: string }): string {
  const path = wanted.pathname.replace(/^\/app(?=\/|$)/, "") || "/";
  if (path === "/" || path === "/login") return "/login";
  return `/login?next=${encodeURIComponent(path + wanted.search)}`;
}

/** Where to go after the log-in: only a path of this app, never another site. */
export function pathAfterLogin(search: URLSearchParams): string {
  const next = search.get("next");
  // "//host" and "/\host" are addresses of other sites to a browser (WHATWG URL §4.4).
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}
