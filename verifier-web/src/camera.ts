// Reads QR codes from the camera or a picture: by the browser where it can, else by a decoder this hub serves itself.

import { h } from "./dom";
import type { Words } from "./words";

type Read = (source: HTMLVideoElement | ImageBitmap) => Promise<string | null>;

interface NativeDetector {
  detect(source: HTMLVideoElement | ImageBitmap): Promise<{ rawValue: string }[]>;
}
type NativeDetectorClass = {
  new (options: { formats: string[] }): NativeDetector;
  getSupportedFormats(): Promise<string[]>;
};

const PAUSE_MS = 120;
// A frame is decoded many times a second; a picture once, and it may be a whole page.
const FRAME_SIDE = 1600;
const PICTURE_SIDE = 3500;

/** Ask the camera until a code is read; null when the person closes, `no_camera` when there is none to use. */
export async function scan(words: Words): Promise<string | null | "no_camera"> {
  let stream: MediaStream;
  try {
    const video = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
    stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch {
    return "no_camera";
  }
  const video = h("video", { autoplay: true, muted: true, playsinline: true, "aria-label": words.cameraTitle });
  video.muted = true;
  video.srcObject = stream;
  const dialog = h(
    "dialog",
    { class: "camera", "aria-labelledby": "camera-title" },
    h("h2", { id: "camera-title" }, words.cameraTitle),
    h("div", { class: "finder" }, video),
    h("p", { role: "status" }, words.cameraLooking),
    h("button", { type: "button", onclick: () => dialog.close() }, words.close),
  );
  document.body.append(dialog);
  dialog.showModal();
  try {
    await video.play().catch(() => undefined);
    const read = await reader();
    while (dialog.open) {
      const text = await read(video);
      if (text) return text;
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
    return null;
  } catch {
    return "no_camera";
  } finally {
    for (const track of stream.getTracks()) track.stop();
    dialog.close();
    dialog.remove();
  }
}

/** Have the decoder at hand before it is needed. */
export async function fetchDecoder(): Promise<void> {
  const [, { default: wasm }] = await Promise.all([
    import("zxing-wasm/reader"),
    import("zxing-wasm/reader/zxing_reader.wasm?url"),
  ]);
  await fetch(wasm);
}

/** The text of the QR code in a picture; null: none found. */
export async function readPicture(file: Blob): Promise<string | null> {
  const picture = await createImageBitmap(file);
  const read = await reader();
  return read(picture);
}

async function reader(): Promise<Read> {
  const Native = (globalThis as { BarcodeDetector?: NativeDetectorClass }).BarcodeDetector;
  if (Native && (await Native.getSupportedFormats()).includes("qr_code")) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (source) => longest((await detector.detect(source)).map((code) => code.rawValue));
  }
  const [{ prepareZXingModule, readBarcodes }, { default: wasm }] = await Promise.all([
    import("zxing-wasm/reader"),
    import("zxing-wasm/reader/zxing_reader.wasm?url"),
  ]);
  // Without this the library fetches its decoder from another host.
  prepareZXingModule({ overrides: { locateFile: () => wasm } });
  const canvas = document.createElement("canvas");
  return async (source) => {
    const [width, height] =
      source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
    if (width === 0) return null;
    const side = source instanceof HTMLVideoElement ? FRAME_SIDE : PICTURE_SIDE;
    const scale = Math.min(1, side / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    const codes = await readBarcodes(image, { formats: ["QRCode"], tryHarder: true });
    return longest(codes.filter((code) => code.isValid).map((code) => code.text));
  };
}

// A page may show several: the portfolio's own code says the most.
const longest = (texts: string[]): string | null => texts.sort((a, b) => b.length - a.length)[0] ?? null;
