// What the first view says. Sentences of the report: en.report.ts.
export const en = {
  title: "Is it genuine?",
  lead: "Check a student's portfolio or certificate from a college of this hub. No account, no fee, a few seconds.",
  brand: "Verifier",
  language: "Language",
  skip: "Skip to the content",
  drop: "Drop the PDF here",
  dropHint: "A portfolio PDF, a credential (JSON), or a picture of its QR code",
  choose: "Choose a file",
  camera: "Scan the QR code",
  paste: "or paste a link, the QR code's text, or a credential",
  pasteHint: "https://… ",
  check: "Check",
  reading: "Reading {name}…",
  checking: "Checking the signature…",
  private1: "Checked twice",
  private1Text:
    "Your browser checks the college's signature itself; then the hub says what only it knows: its record and revocations.",
  private2: "Your file stays between you and this hub",
  private2Text:
    "It is opened in this browser and sent only to {host} for its half of the check. It is not kept, and it goes nowhere else.",
  private3: "The data counts, not the look",
  private3Text: "What you are shown comes from the signed credential, never from the text on a page.",
  cameraTitle: "Hold the QR code in front of the camera",
  cameraLooking: "Looking for a QR code…",
  close: "Close",
  noCamera: "The camera could not be used. Allow it in your browser, or drop a picture of the QR code instead.",
  noQr: "No QR code of a credential was found in this picture.",
  empty: "Paste a link or text first.",
  other_site:
    "This link leads to another site. This page only checks what was issued on {host}; open the link to check it there.",
  not_understood: "This is not a link, QR text or credential that this page knows. Nothing was checked.",
  unsupported_file: "This is neither a PDF nor a credential file. Nothing was checked.",
  file_too_large: "This file is larger than 25 MB. Nothing was checked.",
  broken: "The page could not load the part that checks. Nothing was checked; please try again.",
};

export type Words = Record<keyof typeof en, string>;
