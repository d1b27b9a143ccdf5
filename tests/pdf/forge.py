"""What a forger does with pyHanko.

usage: forge.py sign|sign-again|dss IN.pdf OUT.pdf KEY.der CERTIFICATE.der
"""

import sys

from asn1crypto import keys, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

act, source, target, key, certificate = sys.argv[1:]


def load(kind, path):
    with open(path, "rb") as file:
        return kind.load(file.read())


certificate = load(x509.Certificate, certificate)
with open(source, "rb") as file, open(target, "w+b") as out:
    writer = IncrementalPdfFileWriter(file)
    if act == "dss":
        DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[certificate])
        writer.write(out)
    else:
        if act == "sign-again":
            # pyHanko refuses what DocMDP forbids; a forger does not.
            signers.PdfSigner._enforce_certification_constraints = lambda *_: None
        signer = signers.SimpleSigner(
            signing_cert=certificate,
            signing_key=load(keys.PrivateKeyInfo, key),
            cert_registry=SimpleCertificateStore.from_certs([certificate]),
        )
        metadata = signers.PdfSignatureMetadata(
            field_name="Forger",
            md_algorithm="sha256",
            certify=act == "sign",
            subfilter=fields.SigSeedSubFilter.PADES,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        signers.PdfSigner(metadata, signer).sign_pdf(writer, output=out)
