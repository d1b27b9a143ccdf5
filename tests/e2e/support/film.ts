// What a phone's camera sees of a printed code: the page at 150 dpi, held at an angle, out of focus, in uneven light. Drawn by
// the browser, written as a film that Chromium takes for a camera (YUV4MPEG2).

import { readFile, writeFile } from "node:fs/promises";
import type { Browser, Page } from "@playwright/test";

const WIDTH = 1280;
const HEIGHT = 720;
/** 40 mm at 150 dpi. */
const CODE = 236;

export interface Shot {
  /** Degrees, around the three axes. */
  tilt: [number, number, number];
  /** Pixels. */
  blur: number;
}

/** A picture of the largest code on a page, as a camera would see it: PNG. */
export async function photograph(browser: Browser, picture: string, { tilt, blur }: Shot): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  const data = (await readFile(picture)).toString("base64");
  const [x, y] = await centreOfCode(page, data);
  const [rx, ry, rz] = tilt;
  await page.setContent(`
    <style>
      body { margin: 0; background: #6b5a48; overflow: hidden; perspective: 1400px }
      img { position: absolute; left: ${WIDTH / 2 - x}px; top: ${HEIGHT / 2 - y}px; transform-origin: ${x}px ${y}px;
            transform: scale(1.7) rotateX(${rx}deg) rotateY(${ry}deg) rotateZ(${rz}deg); filter: blur(${blur}px) contrast(0.8) brightness(0.9) }
      div { position: absolute; inset: 0; background: linear-gradient(100deg, rgb(0 0 0 / 35%), rgb(255 240 200 / 20%)) }
    </style><img src="data:image/png;base64,${data}"><div></div>`);
  await page.locator("img").evaluate((image: HTMLImageElement) => image.decode());
  const shot = await page.screenshot();
  await page.close();
  return shot;
}

/** A film of one picture, again and again. */
export async function film(browser: Browser, picture: Buffer, path: string): Promise<void> {
  const page = await browser.newPage();
  const planes = await page.evaluate(
    async ([data, width, height]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const canvas = new OffscreenCanvas(width, height);
      const drawing = canvas.getContext("2d");
      if (!drawing) throw new Error("this browser draws nothing");
      drawing.drawImage(image, 0, 0);
      const pixels = drawing.getImageData(0, 0, width, height).data;
      const bytes = new Uint8Array((width * height * 3) / 2).fill(128);
      // Grey is enough for a code: Y of BT.601, no colour.
      for (let at = 0; at < width * height; at++) {
        const [r = 0, g = 0, b = 0] = pixels.subarray(4 * at, 4 * at + 3);
        bytes[at] = 0.299 * r + 0.587 * g + 0.114 * b;
      }
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    },
    [picture.toString("base64"), WIDTH, HEIGHT] as const,
  );
  await page.close();
  const frame = Buffer.concat([Buffer.from("FRAME\n"), Buffer.from(planes, "base64")]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F5:1 Ip A1:1 C420jpeg\n`);
  await writeFile(path, Buffer.concat([head, frame, frame, frame]));
}

// The square in which black and white change most often, along lines: nothing else on a page is as busy as a code.
async function centreOfCode(page: Page, data: string): Promise<[number, number]> {
  return page.evaluate(
    async ([data, side]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const { width, height } = image;
      const drawing = new OffscreenCanvas(width, height).getContext("2d");
      if (!drawing) throw new Error("this browser draws nothing");
      drawing.drawImage(image, 0, 0);
      const pixels = drawing.getImageData(0, 0, width, height).data;
      const dark = (x: number, y: number) => (pixels[4 * (y * width + x)] ?? 255) < 128;
      // Sums over everything above and to the left.
      const sums = new Float64Array((width + 1) * (height + 1));
      const at = (x: number, y: number) => sums[y * (width + 1) + x] ?? 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const changes = x > 0 && dark(x, y) !== dark(x - 1, y) ? 1 : 0;
          sums[(y + 1) * (width + 1) + x + 1] = changes + at(x, y + 1) + at(x + 1, y) - at(x, y);
        }
      }
      let best = { changes: 0, x: 0, y: 0 };
      for (let y = 0; y + side <= height; y += 4) {
        for (let x = 0; x + side <= width; x += 4) {
          const changes = at(x + side, y + side) - at(x, y + side) - at(x + side, y) + at(x, y);
          if (changes > best.changes) best = { changes, x: x + side / 2, y: y + side / 2 };
        }
      }
      return [best.x, best.y] as [number, number];
    },
    [data, CODE] as const,
  );
}
