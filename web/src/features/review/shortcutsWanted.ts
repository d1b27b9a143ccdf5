import { useLocalStorage } from "@mantine/hooks";

/** Whether single letters decide (WCAG 2.2 §2.1.4 wants a way to switch them off); kept in this browser. */
export function useShortcutsWanted(): [boolean, (wanted: boolean) => void] {
  const [wanted, setWanted] = useLocalStorage({
    key: "hub.shortcuts",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  return [wanted, setWanted];
}
