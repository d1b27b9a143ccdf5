// From a PDF to paper and back: pages as pictures (poppler), and the QR codes a phone would see on them (zbar).

import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const NO_SYMBOL = 4;

/** How many pages a PDF has. */
export async function countPages(pdf: string): Promise<number> {
  const { stdout } = await run("pdfinfo", [pdf]);
  return Number(/^Pages:\s+(\d+)$/m.exec(stdout)?.[1]);
}

/** One page, the first is 1, as a PNG; 150 dpi is an ordinary office scanner. */
export async function renderPage(pdf: string, page: number, dpi = 150): Promise<string> {
  const picture = join(await mkdtemp(join(tmpdir(), "page-")), `page-${page}`);
  const only = ["-f", String(page), "-l", String(page), "-singlefile"];
  await run("pdftoppm", ["-png", "-r", String(dpi), ...only, pdf, picture]);
  return `${picture}.png`;
}

/** What the QR codes in a picture say, in no order; none: an empty list. */
export async function readCodes(picture: string): Promise<string[]> {
  try {
    const { stdout } = await run("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]);
    return stdout.split("\n").filter((line) => line !== "");
  } catch (error) {
    if ((error as { code?: number }).code === NO_SYMBOL) return [];
    throw error;
  }
}

/** What a PDF reader shows as text. */
export async function readText(pdf: string): Promise<string> {
  const { stdout } = await run("pdftotext", ["-layout", pdf, "-"]);
  return stdout;
}

/** What another reader of PDF signatures thinks of a file: the lines of `pdfsig`. */
export async function readSignatures(pdf: string): Promise<string> {
  const { stdout } = await run("pdfsig", [pdf]).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }));
  return stdout;
}
