//! A value as it is written in the file.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
}

impl fmt::Display for Value {
    /// As TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self {
            Value::Text(text) => toml::Value::from(text.as_str()),
            Value::Number(number) => toml::Value::from(*number),
            Value::Flag(flag) => toml::Value::from(*flag),
            Value::List(texts) => {
                toml::Value::Array(texts.iter().map(|text| text.as_str().into()).collect())
            }
        };
        value.fmt(f)
    }
}
