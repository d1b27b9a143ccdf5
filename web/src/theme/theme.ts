import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#f0f3ff",
  "#e0e7fd",
  "#bfcbf7",
  "#9aadf1",
  "#7890ea",
  "#5f7be4",
  "#4762d6",
  "#2f4bb8",
  "#263d97",
  "#1d2f75",
];

/** Mantine's green with its last shades darkened: white on `green.8` reaches 4.5:1. */
const green: MantineColorsTuple = [
  "#ebfbee",
  "#d3f9d8",
  "#b2f2bb",
  "#8ce99a",
  "#69db7c",
  "#51cf66",
  "#40c057",
  "#37b24d",
  "#207a38",
  "#1b5e2c",
];

/** The colours whose light variant carries text: their defaults miss 4.5:1 (WCAG 2.2 §1.4.3). */
const TINTED = ["ink", "blue", "green", "orange", "red", "gray", "violet", "yellow"] as const;

/** A dialog's header is not a second banner of the page. */
const NO_BANNER = { header: { role: "presentation" } };

/** What a field says of itself stands above it, what is wrong below. */
const FIELD = { defaultProps: { inputWrapperOrder: ["label", "description", "input", "error"] } };

/** The look of the hub. */
export const theme = createTheme({
  colors: { ink, green },
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 6 },
  fontFamily: '"Hub Sans", system-ui, sans-serif',
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "1.3" },
      h2: { fontSize: "1.125rem", lineHeight: "1.4" },
      h3: { fontSize: "1rem" },
    },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  // By name: importing a component to call its `extend` would put dialogs and fields into the first load.
  components: {
    Button: { defaultProps: { size: "sm" } },
    ActionIcon: { defaultProps: { variant: "subtle", size: "lg", color: "gray" } },
    Modal: {
      styles: { title: { fontSize: 18, fontWeight: 650 } },
      defaultProps: {
        attributes: NO_BANNER,
        centered: true,
        radius: "lg",
        overlayProps: { backgroundOpacity: 0.4, blur: 2 },
      },
    },
    Drawer: { defaultProps: { attributes: NO_BANNER, overlayProps: { backgroundOpacity: 0.3 } } },
    TextInput: FIELD,
    Textarea: FIELD,
    PasswordInput: FIELD,
    NativeSelect: FIELD,
  },
});

/** Darkens what Mantine draws too pale to read. */
export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    "--mantine-color-error": "#b3261e",
    "--mantine-color-dimmed": "#565e6c",
    "--mantine-color-placeholder": "#6a7280",
    "--hub-page": "#f7f8fa",
    "--hub-card": "#ffffff",
    "--hub-line": "#e3e6eb",
    "--hub-hover": "#f3f5f9",
    ...Object.fromEntries(
      TINTED.map((name) => [`--mantine-color-${name}-light-color`, colors[name]?.[9] ?? "inherit"]),
    ),
    "--mantine-color-orange-light-color": "#8f3400",
    "--mantine-color-green-light-color": "#1b5e2c",
    "--mantine-color-red-light-color": "#9c1c1c",
    "--mantine-color-gray-light-color": "#3d4450",
  },
  dark: {
    "--mantine-color-body": "#16181d",
    "--mantine-color-error": "#ff9c93",
    "--mantine-color-dimmed": "#a4abb8",
    "--mantine-color-placeholder": "#8b93a1",
    "--mantine-color-anchor": "#a9bafc",
    "--hub-page": "#101216",
    "--hub-card": "#1a1d23",
    "--hub-line": "#2c3039",
    "--hub-hover": "#21252d",
    ...Object.fromEntries(
      TINTED.map((name) => [`--mantine-color-${name}-light-color`, colors[name]?.[2] ?? "inherit"]),
    ),
  },
});
