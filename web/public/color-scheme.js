// Sets the colour scheme before the first paint. Mantine reads the same key afterwards.
(() => {
  let wish = "auto";
  try {
    wish = localStorage.getItem("hub.colour-scheme") ?? "auto";
  } catch {
    // Storage may be blocked; the system's wish is used.
  }
  const dark = wish === "dark" || (wish === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
