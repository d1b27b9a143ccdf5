import { useEffect, useRef } from "react";

type Keys = Record<string, (() => void) | undefined>;

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  defaultPrevented: boolean;
  repeat: boolean;
  target: EventTarget | null;
}

/** The single key that was meant as a shortcut: never one typed into a field, a dialog, or with a modifier. */
export function shortcutOf(event: Pressed): string | null {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target;
  if (
    target instanceof Element &&
    target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], [role=menu]",
    )
  )
    return null;
  return event.key.toLowerCase();
}

/** Listens for single keys while `enabled`. "?" is listened for always: it tells how to switch them. */
export function useShortcuts(keys: Keys, enabled: boolean): void {
  const latest = useRef({ keys, enabled });
  latest.current = { keys, enabled };
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      const key = shortcutOf(event);
      const action = key && latest.current.keys[key];
      if (!action || (!latest.current.enabled && key !== "?")) return;
      // A dialog that is open owns the keyboard, wherever the focus is.
      if (document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      action();
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
