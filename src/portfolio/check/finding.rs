//! Everything that can be wrong with a signed portfolio, each with a code that never changes.

macro_rules! findings {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// One thing that is wrong with a PDF. Its words are for people, its code for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Finding { $($(#[doc = $doc])+ $name,)+ }

        impl Finding {
            /// Every finding there is, in the order they are looked for.
            pub const ALL: &[Finding] = &[$(Finding::$name,)+];

            /// The stable code of this finding.
            pub fn code(self) -> &'static str {
                match self { $(Finding::$name => $code,)+ }
            }

            /// What is wrong, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Finding::$name => concat!($($doc),+).trim_ascii_start(),)+ }
            }
        }
    };
}

findings! {
    /// The file is larger than a portfolio can be.
    TooLarge = "pdf_too_large",
    /// The file does not begin like a portfolio of this hub.
    Header = "pdf_header",
    /// The file carries no signature.
    NotSigned = "pdf_not_signed",
    /// The file carries more than one signature.
    SeveralSignatures = "pdf_several_signatures",
    /// The signature does not say what it covers in the form this hub writes.
    ByteRangeForm = "pdf_byte_range_form",
    /// The signature does not cover the file from its first byte.
    ByteRangeStart = "pdf_byte_range_start",
    /// The signature leaves out more than its own value.
    ByteRangeGap = "pdf_byte_range_gap",
    /// Something was added after the college signed.
    ChangedAfterSigning = "pdf_changed_after_signing",
    /// The end of the signed file is missing.
    CutShort = "pdf_cut_short",
    /// The signature's value is not written in the form this hub writes.
    ContentsForm = "pdf_contents_form",
    /// There are bytes hidden behind the signature's value.
    ContentsPadding = "pdf_contents_padding",
    /// The signature's value cannot be read.
    CmsUnreadable = "cms_unreadable",
    /// The signature's value is not in its one canonical encoding.
    CmsNotCanonical = "cms_not_canonical",
    /// The signature's value is not a detached signature of one signer.
    CmsShape = "cms_shape",
    /// The signature uses an algorithm this hub does not use.
    CmsAlgorithm = "cms_algorithm",
    /// The signed attributes are not exactly the three this hub writes.
    CmsSignedAttributes = "cms_signed_attributes",
    /// The signature carries attributes that nobody signed.
    CmsUnsignedAttributes = "cms_unsigned_attributes",
    /// The time-stamp on the signature is over something else, or not by an authority this hub knows.
    SignatureTimestamp = "cms_timestamp",
    /// The signer's certificate is missing, or not the one that was signed for.
    CmsSignerCertificate = "cms_signer_certificate",
    /// The certificates beside the signer's are not the ones that were signed for.
    CmsForeignCertificate = "cms_foreign_certificate",
    /// The file is not the one that was signed.
    DigestMismatch = "pdf_digest_mismatch",
    /// The signature was not made by the key of its certificate.
    SignatureWrong = "pdf_signature_wrong",
    /// The signer is not a key of a college of this hub.
    SignerUnknown = "pdf_signer_unknown",
    /// The signer's certificate may not be used to sign documents.
    CertificateUsage = "pdf_certificate_usage",
    /// The certificate was not valid when the document says it was signed.
    CertificateValidity = "pdf_certificate_validity",
    /// The key that signed has fallen into other hands: its signatures prove nothing.
    KeyCompromised = "pdf_key_compromised",
    /// The key was not in use when the document says it was signed.
    KeyNotInUse = "pdf_key_not_in_use",
    /// What was added after the signature is not exactly the validation data this hub writes.
    ValidationData = "pdf_validation_data",
    /// The validation data hold a certificate that does not belong to the signature.
    ForeignCertificate = "pdf_validation_certificate",
    /// The validation data hold a revocation list that is not by the signer's own authority.
    ForeignRevocationList = "pdf_validation_revocation_list",
    /// The last time-stamp of the file is not in the form this hub writes.
    DocumentTimestampForm = "pdf_document_timestamp_form",
    /// The last time-stamp of the file is over something else, or not by an authority this hub knows.
    DocumentTimestamp = "pdf_document_timestamp",
    /// The file does not end as a portfolio of this hub does.
    EndOfFile = "pdf_end_of_file",
    /// The file's table of objects is damaged or not of this hub's form.
    CrossReference = "pdf_cross_reference",
    /// The file has two tables of objects that may disagree.
    HybridReference = "pdf_hybrid_reference",
    /// The file's trailer is damaged or not of this hub's form.
    Trailer = "pdf_trailer",
    /// The file is not one rendered revision and one signature after it.
    Revisions = "pdf_revisions",
    /// The file is encrypted.
    Encryption = "pdf_encrypted",
    /// The file's objects cannot be read.
    Unreadable = "pdf_unreadable",
    /// The signing revision holds objects that the signer does not write.
    SigningRevision = "pdf_signing_revision",
    /// The form of the file is not the one signature field this hub writes.
    FormField = "pdf_form_field",
    /// The signature's dictionary is not the one this hub writes.
    SignatureDictionary = "pdf_signature_dictionary",
    /// The signature's value is not the one the signature field leads to.
    ContentsMismatch = "pdf_contents_mismatch",
    /// The time of signing is missing or not in this hub's form.
    SigningTime = "pdf_signing_time",
    /// The signature does not forbid changes to the document.
    DocMdpMissing = "pdf_docmdp_missing",
    /// The signature permits changes that this hub never permits.
    DocMdpPermission = "pdf_docmdp_permission",
    /// The file contains JavaScript.
    JavaScript = "pdf_javascript",
    /// The file does something when it is opened.
    OpenAction = "pdf_open_action",
    /// The file does something when it is read.
    AdditionalActions = "pdf_additional_actions",
    /// The file has actions other than links.
    Action = "pdf_action",
    /// The file contains an XFA form.
    Xfa = "pdf_xfa",
    /// The file contains annotations other than links.
    Annotation = "pdf_annotation",
    /// The file has layers that can be shown or hidden.
    OptionalContent = "pdf_optional_content",
    /// The file's catalogue has an entry that the renderer does not write.
    CatalogEntry = "pdf_catalog_entry",
    /// The file refers to content outside itself.
    ExternalContent = "pdf_external_content",
    /// The file has more attachments than its credential.
    Attachments = "pdf_attachments",
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Finding {}
