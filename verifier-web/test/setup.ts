// What a page has around it, for modules that ask where they are.

Object.assign(globalThis, {
  location: new URL("https://hub.example/v"),
  document: { querySelector: () => null },
});
