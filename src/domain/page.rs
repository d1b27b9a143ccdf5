//! Keyset pages: where a list goes on.

/// How many rows, and after which one.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// 1 to 100 rows.
    pub limit: i64,
    /// The key of the last row seen, as the list itself gave it.
    pub after: Option<Cursor>,
}

/// The key of a row: a time (where the list is ordered by one) and an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Microseconds since 1970; zero where the list is ordered by id alone.
    pub micros: i64,
    /// The row's id.
    pub id: uuid::Uuid,
}

impl Cursor {
    /// Opaque text for the address: 24 octets, base64url.
    pub fn encode(&self) -> String {
        let mut bytes = self.micros.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    }

    /// Back from the address; `None` where it was not ours.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (micros, id) = bytes.split_first_chunk::<8>()?;
        Some(Self { micros: i64::from_be_bytes(*micros), id: uuid::Uuid::from_slice(id).ok()? })
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// From `limit + 1` rows fetched: the extra one only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).expect("limits are 1 to 100");
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Self { rows, next }
    }

    /// The same page of other rows.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(convert).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_address() {
        let cursor = Cursor { micros: 1_700_000_000_000_001, id: uuid::Uuid::from_u128(7) };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        assert_eq!(Cursor::decode("nonsense"), None);
    }
}
