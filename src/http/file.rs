//! Files of strangers on their way out: shown or saved, never run.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use crate::app::evidence::FileBytes;

/// What a browser should do with a file (RFC 6266 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    /// Show it: for pictures of our own making.
    Inline,
    /// Save it: for what came from somebody else.
    Attachment,
}

/// A file under the media type its content told, in a sandbox of its own.
pub(super) fn serve(file: FileBytes, disposition: Disposition, cache: &'static str) -> Response {
    let media_type = HeaderValue::from_str(&file.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, content_disposition(disposition, &file.name)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, file.bytes).into_response()
}

/// The name twice (RFC 6266 §4.3): in ASCII for whoever knows no better, and as it is (RFC 8187 §3.2).
fn content_disposition(disposition: Disposition, name: &str) -> HeaderValue {
    let word = match disposition {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let ascii: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' | '%' | '/' => '_',
            ' '..='~' => character,
            _ => '_',
        })
        .collect();
    let whole: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    HeaderValue::from_str(&format!("{word}; filename=\"{ascii}\"; filename*=UTF-8''{whole}"))
        .expect("both forms of the name are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_no_header_and_comes_whole_to_who_reads_unicode() {
        let header = content_disposition(Disposition::Attachment, "சான்று \"1\"\r\nX: y/..%2f.pdf");
        assert_eq!(
            header,
            "attachment; filename=\"______ _1___X: y_.._2f.pdf\"; filename*=UTF-8''\
             %E0%AE%9A%E0%AE%BE%E0%AE%A9%E0%AF%8D%E0%AE%B1%E0%AF%81%20%221%22%0D%0AX%3A%20y%2F..%252f.pdf"
        );
    }
}
