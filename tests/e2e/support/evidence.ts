// Evidence as students have it: a certificate as a PDF, and a photograph of the prize-giving. Drawn by the browser.

import type { Browser } from "@playwright/test";

export interface EvidenceFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A certificate of one page, landscape A4. */
export async function certificate(browser: Browser, holder: string, title: string): Promise<EvidenceFile> {
  const page = await browser.newPage();
  await page.setContent(`
    <style>
      body { margin: 0; font: 18px/1.6 serif; text-align: center }
      main { border: 6px double #7a5c1e; margin: 24px; padding: 60px 40px; height: 540px; box-sizing: border-box }
      h1 { font-size: 44px; letter-spacing: 2px; color: #7a5c1e; margin: 0 0 24px }
      b { font-size: 30px }
    </style>
    <main><h1>Certificate</h1><p>This is to certify that</p><p><b>${holder}</b></p><p>has won the first prize in</p>
    <p><b>${title}</b></p></main>`);
  const buffer = await page.pdf({ format: "A4", landscape: true, printBackground: true });
  await page.close();
  return { name: "certificate.pdf", mimeType: "application/pdf", buffer };
}

/** A photograph: a JPEG with some light, some people and some noise, so that no two are the same file. */
export async function photo(browser: Browser, seed: number): Promise<EvidenceFile> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  await page.setContent(`<style>body { margin: 0 }</style><canvas width="1200" height="800"></canvas>`);
  await page.evaluate((seed) => {
    const picture = document.querySelector("canvas")?.getContext("2d");
    if (!picture) throw new Error("this browser draws nothing");
    const light = picture.createLinearGradient(0, 0, 0, 800);
    light.addColorStop(0, "#f6c56b");
    light.addColorStop(0.55, "#b4552d");
    light.addColorStop(1, "#2b1a16");
    picture.fillStyle = light;
    picture.fillRect(0, 0, 1200, 800);
    for (let person = 0; person < 7; person++) {
      const x = 130 + person * 155;
      const y = 430 + ((person * 37 + seed) % 50);
      picture.fillStyle = `hsl(${(person * 53 + seed) % 360} 35% 32%)`;
      picture.fillRect(x - 52, y + 50, 104, 380);
      picture.beginPath();
      picture.arc(x, y, 42, 0, 7);
      picture.fillStyle = "#8a5a3c";
      picture.fill();
    }
    let noise = seed;
    for (let grain = 0; grain < 20_000; grain++) {
      noise = (noise * 48_271) % 2_147_483_647;
      picture.fillStyle = `rgba(255,255,255,${(noise % 10) / 100})`;
      picture.fillRect(noise % 1200, (noise >> 11) % 800, 2, 2);
    }
  }, seed);
  const buffer = await page.screenshot({ type: "jpeg", quality: 85 });
  await page.close();
  return { name: "prize-giving.jpg", mimeType: "image/jpeg", buffer };
}
