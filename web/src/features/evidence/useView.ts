import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";

const STEP = 1.5;
const MOST = 6;

interface View {
  zoom: number;
  /** Quarter turns clockwise. */
  turns: number;
  /** Shift in pixels. */
  x: number;
  y: number;
}

/** How a picture is looked at: zoomed by buttons, a double click or the keys + and -, turned, dragged. */
export function useView() {
  const [view, setView] = useState<View>({ zoom: 1, turns: 0, x: 0, y: 0 });
  const grip = useRef<{ x: number; y: number } | null>(null);

  const zoomTo = (zoom: number) =>
    setView((old) => (zoom <= 1 ? { ...old, zoom: 1, x: 0, y: 0 } : { ...old, zoom: Math.min(zoom, MOST) }));
  const shift = (x: number, y: number) =>
    setView((old) => (old.zoom > 1 ? { ...old, x: old.x + x, y: old.y + y } : old));

  return {
    zoom: view.zoom,
    sideways: view.turns % 2 === 1,
    transform: `translate(${view.x}px, ${view.y}px) rotate(${view.turns * 90}deg) scale(${view.zoom})`,
    zoomIn: () => zoomTo(view.zoom * STEP),
    zoomOut: () => zoomTo(view.zoom / STEP),
    rotate: () => setView((old) => ({ ...old, turns: old.turns + 1, x: 0, y: 0 })),
    handlers: {
      tabIndex: 0,
      onDoubleClick: () => zoomTo(view.zoom > 1 ? 1 : 2.5),
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (view.zoom <= 1 || (event.target as HTMLElement).closest("button")) return;
        grip.current = { x: event.clientX, y: event.clientY };
        event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        if (!grip.current) return;
        shift(event.clientX - grip.current.x, event.clientY - grip.current.y);
        grip.current = { x: event.clientX, y: event.clientY };
      },
      onPointerUp: () => {
        grip.current = null;
      },
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        if (event.key === "+" || event.key === "=") zoomTo(view.zoom * STEP);
        else if (event.key === "-") zoomTo(view.zoom / STEP);
        else if (event.key === "ArrowLeft") shift(60, 0);
        else if (event.key === "ArrowRight") shift(-60, 0);
        else if (event.key === "ArrowUp" && view.zoom > 1) shift(0, 60);
        else if (event.key === "ArrowDown" && view.zoom > 1) shift(0, -60);
        else return;
        event.preventDefault();
      },
    },
  };
}
