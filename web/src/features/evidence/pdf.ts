import { getDocument, GlobalWorkerOptions } from "pdfjs-dist";
import worker from "pdfjs-dist/build/pdf.worker.min.mjs?url";

GlobalWorkerOptions.workerSrc = worker;

/** The long side of a drawn page, in pixels: as the hub's renditions have it. */
const LONG_SIDE = 2000;

/** Draws one page (the first is 1) of a PDF as a picture. Nothing in the file is run: no scripts, no forms, no eval. */
export async function drawPage(file: Blob, number: number): Promise<Blob> {
  const loading = getDocument({ data: await file.arrayBuffer(), isEvalSupported: false, enableXfa: false });
  try {
    const page = await (await loading.promise).getPage(number);
    const { width, height } = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: LONG_SIDE / Math.max(width, height) });
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(viewport.width);
    canvas.height = Math.round(viewport.height);
    await page.render({ canvas, viewport }).promise;
    const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!picture) throw new Error("this browser cannot draw the page");
    return picture;
  } finally {
    void loading.destroy();
  }
}
