"""What pyHanko, an independent implementation, says of a signed PDF: one JSON object.

usage: validate.py FILE.pdf AUTHORITY.der TIME
"""

import json
import sys
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

path, authority, moment = sys.argv[1:]
with open(authority, "rb") as file:
    root = x509.Certificate.load(file.read())
context = ValidationContext(
    trust_roots=[root],
    allow_fetching=False,
    moment=datetime.fromisoformat(moment),
)
with open(path, "rb") as file:
    reader = PdfFileReader(file)
    (signature,) = reader.embedded_signatures
    status = validate_pdf_signature(signature, signer_validation_context=context)
    json.dump(
        {
            "bottom_line": status.bottom_line,
            "intact": status.intact,
            "valid": status.valid,
            "trusted": status.trusted,
            "coverage": status.coverage.name,
            "modification": status.modification_level and status.modification_level.name,
            "docmdp_ok": status.docmdp_ok,
            "docmdp": signature.docmdp_level and signature.docmdp_level.name,
            "subfilter": str(signature.sig_object["/SubFilter"]),
            "digest": status.md_algorithm,
            "mechanism": status.pkcs7_signature_mechanism,
        },
        sys.stdout,
    )
