//! Taking CBOR apart, strictly, and writing it in its deterministic form.

use ciborium::Value;

use super::ReadCompactError;

/// The members of a CBOR map with integer labels; each is taken once.
pub(super) struct Members(Vec<(Value, Value)>);

impl Members {
    pub(super) fn of(value: Value) -> Result<Self, ReadCompactError> {
        value.into_map().map(Self).map_err(|_| ReadCompactError::NotACard)
    }

    pub(super) fn take(&mut self, label: i64) -> Result<Value, ReadCompactError> {
        let place = self.0.iter().position(|(key, _)| *key == Value::from(label));
        place.map(|place| self.0.remove(place).1).ok_or(ReadCompactError::NotACard)
    }

    pub(super) fn finish(self) -> Result<(), ReadCompactError> {
        if self.0.is_empty() { Ok(()) } else { Err(ReadCompactError::NotACard) }
    }
}

pub(super) fn text(value: Value) -> Result<String, ReadCompactError> {
    value.into_text().map_err(|_| ReadCompactError::NotACard)
}

pub(super) fn bytes(value: Value) -> Result<Vec<u8>, ReadCompactError> {
    value.into_bytes().map_err(|_| ReadCompactError::NotACard)
}

pub(super) fn items<const COUNT: usize>(value: Value) -> Result<[Value; COUNT], ReadCompactError> {
    let items = value.into_array().map_err(|_| ReadCompactError::NotACard)?;
    items.try_into().map_err(|_| ReadCompactError::NotACard)
}

pub(super) fn number<N: TryFrom<i128>>(value: Value) -> Result<N, ReadCompactError> {
    let number = value.into_integer().map_err(|_| ReadCompactError::NotACard)?;
    N::try_from(i128::from(number)).map_err(|_| ReadCompactError::NotACard)
}

pub(super) fn map(members: impl IntoIterator<Item = (i64, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(label, value)| (label.into(), value)).collect())
}

pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory does not fail");
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Result<Value, ReadCompactError> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, 16)
        .map_err(|_| ReadCompactError::NotCbor)?;
    if rest.is_empty() { Ok(value) } else { Err(ReadCompactError::NotCbor) }
}
