"""The same portfolio by reportlab and pyHanko: CPU milliseconds of one document, as JSON.

usage: bench.py FOLDER    with data.json, qr.txt, portfolio.vc.json, logo.png and ev-N.jpg, from `hub bench portfolio`

reportlab shapes no Indian script and tags nothing, so names in Tamil are left out: less is asked of it than of the hub.
"""

import io
import json
import logging
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import keys, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Image, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

logging.disable(logging.CRITICAL)
room = Path(sys.argv[1])
data = json.loads((room / "data.json").read_text())
qr = (room / "qr.txt").read_text()
credential = (room / "portfolio.vc.json").read_bytes()
DOCUMENTS = 8


def code(text, size):
    widget = QrCodeWidget(text, barLevel="M")
    left, bottom, right, top = widget.getBounds()
    scale = size / (right - left)
    drawing = Drawing(size, size, transform=[scale, 0, 0, scale, -left * scale, -bottom * scale])
    drawing.add(widget)
    return drawing


def pages():
    styles = getSampleStyleSheet()
    student, college = data["student"], data["college"]
    story = [
        Image(str(room / "logo.png"), 20 * mm, 20 * mm),
        Paragraph(college["name"], styles["Title"]),
        Paragraph(student["name"], styles["Heading1"]),
        Paragraph(f"{student['programme']}, {student['batch']}", styles["Normal"]),
        code(qr, 44 * mm),
        Paragraph(f"Check it at {data['verifier']['address']}", styles["Normal"]),
    ]
    pictures = []
    for section in data["sections"]:
        story.append(Paragraph(section["category"], styles["Heading2"]))
        for item in section["items"]:
            facts = [
                Paragraph(item["title"], styles["Heading3"]),
                Paragraph(f"{item['outcome']}, {item['level']}; {item['role']}", styles["Normal"]),
                Paragraph(item["organiser"], styles["Normal"]),
                Paragraph(item["description"], styles["BodyText"]),
                Paragraph(", ".join(item["skills"]), styles["Normal"]),
                Paragraph(
                    f"{item['approver_department']}, {item['approved_on']}, {item['credential_id']}",
                    styles["Normal"],
                ),
            ]
            table = Table([[facts, code(item["short_url"].upper(), 19 * mm)]], [150 * mm, 22 * mm])
            table.setStyle([("BOX", (0, 0), (-1, -1), 0.5, colors.grey)])
            story += [table, Spacer(1, 3 * mm)]
            pictures += [e["image"] for e in item["evidence"] if e["image"]]
    story.append(PageBreak())
    for picture in pictures:
        name = picture.strip("/").replace("/", "-")
        story += [Image(str(room / name), 160 * mm, 120 * mm), Spacer(1, 4 * mm)]
    story.append(PageBreak())
    story.append(Paragraph("How to check this document", styles["Heading1"]))
    for value in data["verifier"].values():
        story.append(Paragraph(value, styles["Normal"]))
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=f"Portfolio of {student['name']}").build(story)
    return out


def signer():
    key = ec.generate_private_key(ec.SECP256R1())
    name = cx509.Name([cx509.NameAttribute(cx509.NameOID.COMMON_NAME, "Anna College")])
    now = datetime.now(timezone.utc)
    certificate = (
        cx509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(cx509.KeyUsage(True, True, *[False] * 7), True)
        .sign(key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    private = key.private_bytes(
        der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = x509.Certificate.load(certificate.public_bytes(der))
    return signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs([certificate]),
    )


def sign(out, by):
    writer = IncrementalPdfFileWriter(out)
    file = EmbeddedFileObject.from_file_data(
        writer, data=credential, mime_type="application/vc", compress=True
    )
    embed_file(writer, FileSpec(file_spec_string="portfolio.vc.json", embedded_data=file))
    metadata = signers.PdfSignatureMetadata(
        field_name="College",
        md_algorithm="sha256",
        certify=True,
        subfilter=fields.SigSeedSubFilter.PADES,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    return signers.PdfSigner(metadata, by).sign_pdf(writer)


by = signer()
sign(pages(), by)
start = time.process_time()
for _ in range(DOCUMENTS):
    sign(pages(), by)
json.dump({"document": (time.process_time() - start) * 1e3 / DOCUMENTS}, sys.stdout)
