//! What may stand behind the signature's revision: validation data, and a time-stamp over everything.
//!
//! Two more incremental updates (ISO 32000-2 §12.8.4.3, §12.8.5; ETSI EN 319 142-1 §5.4), always of
//! this one shape and always both in this order. DocMDP with P = 1 permits them and nothing else.
//! The checker writes them anew from what they hold and accepts only the same bytes.

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};
use sha2::{Digest, Sha256};

use super::update::{self, FIELD_FLAGS, Gap, byte_range, name, write_object, write_table};
use super::{MAX_DECOMPRESSED, STAMPED_CONTENTS_BYTES, digest_around};
use crate::portfolio::check::layout::{self, Section};
use crate::portfolio::check::{self, Finding};

/// The name of the field that holds the last time-stamp.
const FIELD_NAME: &[u8] = b"ArchiveTimestamp";

/// What is read aloud of it.
const FIELD_DESCRIPTION: &str = "Time-stamp over the whole document";

/// What stands before a last time-stamp's range.
pub(in crate::portfolio) const TIMESTAMP: &[u8] =
    b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161";

/// What a validator needs beside the signature: certificates and revocation lists, DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationData {
    /// The signer's, those above it, and the time-stamping authority's: each once.
    pub certificates: Vec<Vec<u8>>,
    /// Of the authority that certified the signer.
    pub revocation_list: Vec<u8>,
}

/// A file that is complete but for the time-stamp over all of it.
#[derive(Debug, Clone)]
pub struct PreparedTimestamp {
    pdf: Vec<u8>,
    gap: Gap,
}

/// Why nothing can be added to a file.
#[derive(Debug, thiserror::Error)]
pub enum ExtendError {
    /// Not the revisions that the hub writes.
    #[error("the file is not one that the hub signed: {0}")]
    NotSigned(Finding),
    /// lopdf refuses the objects.
    #[error("the file's objects cannot be read")]
    Unreadable(#[from] lopdf::Error),
    /// The signature carries no time-stamp, without which the data would prove nothing.
    #[error("the signature has no time-stamp")]
    NotStamped,
    /// The token needs more room than there is.
    #[error("the time-stamp does not fit into its room")]
    TooLong,
}

/// What a validator of this file (B-T) will need, with the authority's revocation list (DER).
pub fn validation_data(
    pdf: &[u8],
    revocation_list: Vec<u8>,
) -> Result<ValidationData, ExtendError> {
    let certificates = check::certificates(pdf).map_err(ExtendError::NotSigned)?;
    let certificates = certificates.ok_or(ExtendError::NotStamped)?;
    Ok(ValidationData { certificates, revocation_list })
}

/// Adds validation data to a file with a time-stamp on its signature: B-LT.
pub fn add_validation_data(
    mut pdf: Vec<u8>,
    data: &ValidationData,
) -> Result<Vec<u8>, ExtendError> {
    let mut base = Base::read(&pdf)?;
    let revision = base.write_validation_data(pdf.len(), data)?;
    pdf.extend(revision);
    Ok(pdf)
}

/// Lays out the time-stamp over a file with validation data (B-LTA).
pub fn prepare_timestamp(
    mut pdf: Vec<u8>,
    data: &ValidationData,
) -> Result<PreparedTimestamp, ExtendError> {
    // The file without its last revision, which is known to be of these data.
    let end = check::signed_end(&pdf).map_err(ExtendError::NotSigned)?;
    let mut base = Base::read(&pdf[..end])?;
    let revision = base.write_validation_data(end, data)?;
    if pdf[end..] != revision[..] {
        return Err(ExtendError::NotSigned(Finding::ValidationData));
    }
    let (revision, gap) = base.write_timestamp(pdf.len())?;
    pdf.extend(revision);
    Ok(PreparedTimestamp { pdf, gap })
}

impl PreparedTimestamp {
    /// SHA-256 of everything but the time-stamp's own place: what is stamped.
    pub fn digest(&self) -> [u8; 32] {
        digest_around(&self.pdf, self.gap.start, self.gap.end)
    }

    /// The file, with a token (DER) over its digest that was checked before.
    pub fn attach(mut self, token: &[u8]) -> Result<Vec<u8>, ExtendError> {
        if token.len() > STAMPED_CONTENTS_BYTES {
            return Err(ExtendError::TooLong);
        }
        update::put_value(&mut self.pdf, self.gap, token);
        Ok(self.pdf)
    }
}

/// What a revision after the signature's repeats of it.
pub(in crate::portfolio) struct Base {
    catalog: Dictionary,
    page: Dictionary,
    root: ObjectId,
    page_id: ObjectId,
    info: Option<u32>,
    /// Both identifiers, where the file has them.
    id: Option<(Vec<u8>, Vec<u8>)>,
    size: u32,
    xref: usize,
}

impl Base {
    fn read(pdf: &[u8]) -> Result<Self, ExtendError> {
        let (_, signed) = layout::read_signed(pdf).map_err(ExtendError::NotSigned)?;
        let document = Document::load_mem_with_options(
            pdf,
            lopdf::LoadOptions {
                strict: true,
                max_decompressed_size: Some(MAX_DECOMPRESSED),
                ..lopdf::LoadOptions::default()
            },
        )?;
        Ok(Self::of(&document, &signed)?)
    }

    /// Of the signed revision.
    pub(in crate::portfolio) fn of(
        document: &Document,
        signed: &Section,
    ) -> Result<Self, lopdf::Error> {
        let page_id =
            *document.get_pages().values().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
        let id = match document.trailer.get(b"ID").and_then(Object::as_array).map(Vec::as_slice) {
            Ok([first, second]) => Some((first.as_str()?.to_vec(), second.as_str()?.to_vec())),
            Ok(_) | Err(_) => None,
        };
        Ok(Self {
            catalog: document.catalog()?.clone(),
            page: document.get_dictionary(page_id)?.clone(),
            root: (signed.trailer.root, 0),
            page_id,
            info: signed.trailer.info,
            id,
            size: signed.trailer.size,
            xref: signed.xref,
        })
    }

    /// How a revision with validation data begins, up to the first word that depends on them.
    pub(in crate::portfolio) fn validation_data_head(&self) -> Result<Vec<u8>, lopdf::Error> {
        let mut catalog = self.catalog.clone();
        catalog.set("DSS", Object::Reference((self.size, 0)));
        let mut out = Vec::new();
        write_object(&mut out, self.root, catalog)?;
        out.extend(format!("{} 0 obj\n<</Type/DSS", self.size).into_bytes());
        Ok(out)
    }

    /// The number of the first certificate of the validation data.
    pub(in crate::portfolio) fn first_stream(&self) -> u32 {
        self.size + 1
    }

    /// The document security store (ISO 32000-2 §12.8.4.3): the catalogue names it, it names its streams.
    pub(in crate::portfolio) fn write_validation_data(
        &mut self,
        start: usize,
        data: &ValidationData,
    ) -> Result<Vec<u8>, lopdf::Error> {
        let store = (self.size, 0);
        let streams: Vec<&[u8]> = data
            .certificates
            .iter()
            .map(Vec::as_slice)
            .chain(std::iter::once(data.revocation_list.as_slice()))
            .collect();
        let numbers: Vec<u32> = (self.size + 1..).take(streams.len()).collect();
        let references: Vec<Object> =
            numbers.iter().map(|&number| Object::Reference((number, 0))).collect();
        let (list, certificates) = references.split_last().expect("there is a revocation list");
        let dictionary = dictionary! {
            "Type" => name("DSS"),
            "Certs" => certificates.to_vec(),
            "CRLs" => vec![list.clone()],
        };
        self.catalog.set("DSS", Object::Reference(store));

        let mut out = Vec::new();
        let mut offsets = vec![(self.root.0, start)];
        write_object(&mut out, self.root, self.catalog.clone())?;
        offsets.push((store.0, start + out.len()));
        write_object(&mut out, store, dictionary)?;
        for (number, der) in numbers.iter().zip(&streams) {
            offsets.push((*number, start + out.len()));
            out.extend(stream_head(*number, der.len()).into_bytes());
            out.extend_from_slice(der);
            out.extend_from_slice(STREAM_END);
        }
        self.size += 1 + u32::try_from(streams.len()).expect("a handful of streams");
        let digest = streams.iter().fold(Sha256::new(), |hasher, der| hasher.chain_update(der));
        self.finish(&mut out, start, &mut offsets, &digest.finalize());
        Ok(out)
    }

    /// A document time-stamp (ISO 32000-2 §12.8.5) in an invisible field of its own.
    pub(in crate::portfolio) fn write_timestamp(
        &mut self,
        start: usize,
    ) -> Result<(Vec<u8>, Gap), lopdf::Error> {
        let (field, stamp) = ((self.size, 0), (self.size + 1, 0));
        self.size += 2;
        push(self.catalog.get_mut(b"AcroForm")?.as_dict_mut()?.get_mut(b"Fields")?, field)?;
        push(self.page.get_mut(b"Annots")?, field)?;

        let mut out = Vec::new();
        let mut offsets = Vec::new();
        let objects = [
            (self.root, self.catalog.clone()),
            (self.page_id, self.page.clone()),
            (field, self.field(stamp)),
        ];
        for (id, dictionary) in objects {
            offsets.push((id.0, start + out.len()));
            write_object(&mut out, id, dictionary)?;
        }
        offsets.push((stamp.0, start + out.len()));
        out.extend(format!("{} 0 obj\n", stamp.0).into_bytes());
        out.extend(TIMESTAMP);
        let (covered_at, gap) = update::write_gap(&mut out, STAMPED_CONTENTS_BYTES);
        out.extend(b">>\nendobj\n");
        let digest = Sha256::digest(b"DocTimeStamp");
        self.finish(&mut out, start, &mut offsets, &digest);
        let rest = out.len() - gap.end;
        let gap = Gap { start: start + gap.start, end: start + gap.end };
        let covered = byte_range(gap.start, gap.end, rest);
        out[covered_at..covered_at + covered.len()].copy_from_slice(covered.as_bytes());
        Ok((out, gap))
    }

    /// Field and widget in one, as the signature's own.
    fn field(&self, stamp: ObjectId) -> Dictionary {
        dictionary! {
            "Type" => name("Annot"),
            "Subtype" => name("Widget"),
            "FT" => name("Sig"),
            "T" => Object::string_literal(FIELD_NAME),
            "TU" => lopdf::text_string(FIELD_DESCRIPTION),
            "F" => FIELD_FLAGS,
            "P" => self.page_id,
            "Rect" => vec![Object::from(0), 0.into(), 0.into(), 0.into()],
            "V" => stamp,
        }
    }

    /// Table and trailer; the second identifier is of this revision (ISO 32000-1 §14.4).
    fn finish(
        &mut self,
        out: &mut Vec<u8>,
        start: usize,
        offsets: &mut [(u32, usize)],
        digest: &[u8],
    ) {
        let xref = start + out.len();
        write_table(out, offsets);
        let mut text = format!("trailer\n<</Size {}/Root {} 0 R", self.size, self.root.0);
        if let Some(info) = self.info {
            text += &format!("/Info {info} 0 R");
        }
        if let Some((first, second)) = &mut self.id {
            let revision = Sha256::new().chain_update(&second).chain_update(digest).finalize();
            *second = revision[..16].to_vec();
            text += &format!("/ID[<{}><{}>]", hex::encode(first), hex::encode(second));
        }
        text += &format!("/Prev {}>>\nstartxref\n{xref}\n%%EOF\n", self.xref);
        out.extend(text.into_bytes());
        self.xref = xref;
    }
}

/// What stands behind a stream's bytes.
pub(in crate::portfolio) const STREAM_END: &[u8] = b"\nendstream\nendobj\n";

/// How a stream of so many bytes begins.
pub(in crate::portfolio) fn stream_head(number: u32, length: usize) -> String {
    format!("{number} 0 obj\n<</Length {length}>>\nstream\n")
}

fn push(array: &mut Object, id: ObjectId) -> Result<(), lopdf::Error> {
    array.as_array_mut()?.push(Object::Reference(id));
    Ok(())
}
