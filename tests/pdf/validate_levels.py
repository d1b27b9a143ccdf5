"""What pyHanko says of a file with time-stamps and validation data: one JSON object.

usage: validate_levels.py FILE.pdf AUTHORITY.der TIME_AUTHORITY.pem LATER

`with_store` trusts nothing but the file's own revocation lists, and asks for one; `archive` does so by
ETSI EN 319 102-1 §5.6.3, now and LATER (RFC 3339), when the signer's certificate has ended.
"""

import asyncio
import json
import logging
import sys
from datetime import datetime, timezone

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

logging.disable(logging.CRITICAL)
path, authority, time_authority, later = sys.argv[1:]


def certificate(path):
    with open(path, "rb") as file:
        data = file.read()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


signers, times = certificate(authority), certificate(time_authority)


def context(root, **more):
    return ValidationContext(trust_roots=[root], allow_fetching=False, **more)


def policy(root, rule):
    checking = RevocationCheckingPolicy(
        ee_certificate_rule=rule,
        intermediate_ca_cert_rule=RevocationCheckingRule.NO_CHECK,
    )
    return CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[root]),
        revinfo_policy=CertRevTrustPolicy(checking),
    )


def archive(signature, moment):
    spec = SignatureValidationSpec(
        cert_validation_policy=policy(signers, RevocationCheckingRule.CRL_REQUIRED),
        ts_cert_validation_policy=policy(times, RevocationCheckingRule.NO_CHECK),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
    )
    timing = ValidationTimingInfo(moment, moment, point_in_time_validation=False)
    result = asyncio.run(
        ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing_info=timing)
    )
    return result.ades_subindic.name


def with_store(reader, signature):
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return None
    settings = {
        "trust_roots": [signers],
        "allow_fetching": False,
        "revocation_mode": "require",
    }
    status = validate_pdf_signature(
        signature,
        signer_validation_context=store.as_validation_context(settings),
        ts_validation_context=context(times),
    )
    return {
        "trusted": status.trusted,
        "bottom_line": status.bottom_line,
        "certificates": len(store.certs),
        "lists": len(store.crls),
    }


with open(path, "rb") as file:
    reader = PdfFileReader(file)
    (signature,) = reader.embedded_regular_signatures
    status = validate_pdf_signature(
        signature,
        signer_validation_context=context(signers),
        ts_validation_context=context(times),
    )
    stamps = [
        validate_pdf_timestamp(stamp, validation_context=context(times))
        for stamp in reader.embedded_timestamp_signatures
    ]
    json.dump(
        {
            "bottom_line": status.bottom_line,
            "coverage": status.coverage.name,
            "modification": status.modification_level.name,
            "docmdp_ok": status.docmdp_ok,
            "stamped": status.timestamp_validity and status.timestamp_validity.trusted,
            "stamps": [
                [stamp.valid and stamp.intact and stamp.trusted, stamp.coverage.name]
                for stamp in stamps
            ],
            "with_store": with_store(reader, signature),
            "archive": archive(signature, datetime.now(timezone.utc)),
            "archive_later": archive(signature, datetime.fromisoformat(later)),
        },
        sys.stdout,
    )
