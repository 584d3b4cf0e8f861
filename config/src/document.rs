//! The file taken apart: TOML into dotted keys, each with its value and its line. Unknown keys are
//! refused here, so no later code can forget to.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::key::{self, KEYS, TABLES};
use crate::place::Place;
use crate::problem::ConfigError;
use crate::settings::{Given, kind};
use crate::value::Value;

pub(crate) type Keys = BTreeMap<&'static str, Given>;

pub(crate) fn read(text: &str, path: &Path) -> Result<Keys, ConfigError> {
    let source = Source { text, path };
    let document = DeTable::parse(text).map_err(|error| {
        let place = match error.span() {
            Some(span) => source.place(span.start),
            None => Place::File(path.to_owned()),
        };
        let remedy = "correct the line; maildesk.example.toml shows every key in its form";
        ConfigError::new(place, format!("not TOML: {}", error.message()), remedy)
    })?;
    let mut keys = Keys::new();
    source.take(&mut keys, "", document.get_ref())?;
    Ok(keys)
}

struct Source<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Source<'_> {
    fn take(&self, keys: &mut Keys, above: &str, table: &DeTable) -> Result<(), ConfigError> {
        for (word, value) in table {
            let place = self.place(word.span().start);
            let name = join(above, word.get_ref());
            match value.get_ref() {
                DeValue::Table(below) if TABLES.contains(&name.as_str()) => {
                    self.take(keys, &name, below)?;
                }
                _ if TABLES.contains(&name.as_str()) => {
                    let remedy = format!("write [{name}] on a line of its own, its keys below it");
                    return Err(ConfigError::new(
                        place,
                        format!("{name} is a table"),
                        remedy,
                    ));
                }
                found => {
                    let Some(known) = KEYS.iter().find(|known| **known == name) else {
                        return Err(unknown(place, &name));
                    };
                    let value = plain(found).ok_or_else(|| kind(&place, &name, "be one value"))?;
                    keys.insert(known, Given { value, place });
                }
            }
        }
        Ok(())
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.as_bytes().iter().take(offset);
        Place::Line {
            file: self.path.to_owned(),
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
        }
    }
}

fn join(above: &str, word: &str) -> String {
    match above {
        "" => word.to_owned(),
        _ => format!("{above}.{word}"),
    }
}

fn plain(value: &DeValue) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            i64::from_str_radix(digits, number.radix())
                .ok()
                .map(Value::Number)
        }
        DeValue::Array(parts) => {
            let texts = parts
                .iter()
                .map(|part| part.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>().map(Value::List)
        }
        _ => None,
    }
}

fn unknown(place: Place, name: &str) -> ConfigError {
    let remedy = match key::nearest(name) {
        Some(known) => format!("did you mean {known}? maildesk.example.toml has every key"),
        None => "remove the line; maildesk.example.toml has every key".to_owned(),
    };
    let name: String = name.chars().take(80).collect();
    ConfigError::new(place, format!("unknown key {name}"), remedy)
}
