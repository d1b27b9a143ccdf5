// Elements without a framework, and never from markup: text from a document can only ever be text.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

/** `h("p", { class: "lead", onclick: … }, "text", child)`; null, undefined and false are left out. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  alert: "M12 7v6M12 16.5v.5",
  question: "M9 9.2a3 3 0 1 1 4.2 2.7c-.9.5-1.2 1-1.2 2M12 17v.4",
  dash: "M7 12h10",
  camera: "M4 8h3l1.5-2.5h7L17 8h3v11H4zM12 10a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 15.5h5",
  drop: "M12 3.5v11M7.5 10l4.5 4.5 4.5-4.5M4.5 16.5v4h15v-4",
  shield: "M12 3l7.5 2.8v5.4c0 4.6-3.1 8-7.5 9.8-4.4-1.8-7.5-5.2-7.5-9.8V5.8zM8.7 12l2.4 2.4 4.4-4.6",
  browser: "M3.5 5h17v14h-17zM3.5 9h17M6.5 7h.2M9 7h.2",
  hub: "M4 20.5h16M6 20.5V10M18 20.5V10M12 3.5L4 9.5h16zM10 20.5V13M14 20.5V13",
  key: "M12 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM12 12h8.5v3.5M16.5 12v3",
  save: "M12 4v10M8 10.5l4 4 4-4M5 19.5h14",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7.5 7.5h3.500v3.500h-3.500zM13.500 7.500h3v3h-3zM7.500 13.500h3v3h-3zM14 14h3v3",
  print: "M7 9V4h10v5M7 17H4.5V9h15v8H17M7 14h10v6H7z",
  again: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5M7 3v4h4",
  link: "M10 14a4 4 0 0 0 6 .4l2.5-2.5a4 4 0 0 0-5.6-5.6L11.5 7.6M14 10a4 4 0 0 0-6-.4l-2.5 2.5a4 4 0 0 0 5.6 5.6l1.4-1.3",
} as const;

export type Icon = keyof typeof PATHS;

/** A line icon; always beside a word, so hidden from screen readers. */
export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
