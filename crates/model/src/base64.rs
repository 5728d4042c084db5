//! Bytes in JSON: base64 with padding, of RFC 4648.

use base64::prelude::{BASE64_STANDARD, Engine};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serializer, de};
use std::borrow::Cow;

/// How such bytes are described in a JSON Schema.
pub struct Base64;

impl JsonSchema for Base64 {
    fn schema_name() -> Cow<'static, str> {
        "Base64".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentEncoding": "base64" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// Writes bytes as text.
pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&BASE64_STANDARD.encode(bytes))
}

/// Reads bytes from text. Fails on what is no base64.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = <Cow<'_, str>>::deserialize(from)?;
    BASE64_STANDARD.decode(text.as_bytes()).map_err(de::Error::custom)
}
