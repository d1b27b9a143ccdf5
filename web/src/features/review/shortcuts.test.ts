import { renderHook } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { useShortcuts } from "~/features/review/shortcuts";

function press(key: string, target: EventTarget = document.body, modifiers: KeyboardEventInit = {}) {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifiers }));
}

function listen(enabled = true) {
  const keys = { a: vi.fn(), "?": vi.fn() };
  const hook = renderHook(({ on }) => useShortcuts(keys, on), { initialProps: { on: enabled } });
  return { ...hook, keys };
}

describe("a single letter", () => {
  it("acts on the page, in either case", () => {
    const { keys, unmount } = listen();
    press("a");
    press("A");
    expect(keys.a).toHaveBeenCalledTimes(2);
    unmount();
    press("a");
    expect(keys.a).toHaveBeenCalledTimes(2);
  });

  it("is only a letter while somebody types", () => {
    const { keys, unmount } = listen();
    for (const tag of ["textarea", "input", "select"]) {
      const field = document.body.appendChild(document.createElement(tag));
      press("a", field);
    }
    expect(keys.a).not.toHaveBeenCalled();
    unmount();
  });

  it("does nothing with Ctrl, or while a dialog is open", () => {
    const { keys, unmount } = listen();
    press("a", document.body, { ctrlKey: true });
    const dialog = document.body.appendChild(document.createElement("div"));
    dialog.setAttribute("role", "dialog");
    press("a");
    expect(keys.a).not.toHaveBeenCalled();
    unmount();
  });

  it("approves once when the key is held down", () => {
    const { keys, unmount } = listen();
    press("a");
    press("a", document.body, { repeat: true });
    expect(keys.a).toHaveBeenCalledOnce();
    unmount();
  });

  it("can be switched off, and ? still tells how to switch it on", () => {
    const { keys, unmount } = listen(false);
    press("a");
    press("?");
    expect(keys.a).not.toHaveBeenCalled();
    expect(keys["?"]).toHaveBeenCalledOnce();
    unmount();
  });
});
