//! The settings as they were written: dotted key, value and place, read from the file and
//! overlaid by the environment. Typed readers turn them into values or a refusal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::document;
use crate::key::{self, KEYS};
use crate::place::Place;
use crate::problem::ConfigError;
use crate::value::Value;

#[derive(Debug, Default)]
pub(crate) struct Settings {
    given: BTreeMap<&'static str, Given>,
    file: Option<PathBuf>,
}

#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub value: Value,
    pub place: Place,
}

impl Settings {
    pub fn from_file(path: &Path) -> Result<Settings, ConfigError> {
        let place = || Place::File(path.to_owned());
        let size = std::fs::metadata(path).map_or(0, |found| found.len());
        if size > LARGEST_FILE {
            let remedy = "give the path of a maildesk.toml with --config FILE";
            return Err(ConfigError::new(
                place(),
                "is far too large for a configuration",
                remedy,
            ));
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = format!("cannot read the configuration: {error}");
            let remedy = "run `maildesk init` to write one, or name another with --config FILE";
            ConfigError::new(place(), problem, remedy)
        })?;
        Settings::parse(&text, path)
    }

    pub fn parse(text: &str, path: &Path) -> Result<Settings, ConfigError> {
        Ok(Settings {
            given: document::read(text, path)?,
            file: Some(path.to_owned()),
        })
    }

    /// Lays the variables over the file. Variables that are no key of ours are left alone:
    /// container platforms put their own `MAILDESK_*` there for a service of this name.
    pub fn overlay(&mut self, environment: &[(String, String)]) {
        for known in KEYS {
            let variable = key::variable(known);
            let found = environment.iter().find(|(name, _)| *name == variable);
            // An empty variable is an unset one, as compose files write it.
            if let Some((_, text)) = found.filter(|(_, text)| !text.is_empty()) {
                let given = Given {
                    value: Value::Text(text.clone()),
                    place: Place::Variable(variable),
                };
                self.given.insert(known, given);
            }
        }
    }

    pub fn set_data(&mut self, data: PathBuf) {
        let given = Given {
            value: Value::Text(data.to_string_lossy().into_owned()),
            place: Place::CommandLine,
        };
        self.given.insert("data", given);
    }

    pub fn place(&self, key: &str) -> Place {
        match (self.given.get(key), &self.file) {
            (Some(given), _) => given.place.clone(),
            (None, Some(file)) => Place::File(file.clone()),
            (None, None) => Place::Default,
        }
    }

    pub fn missing(&self, key: &str, remedy: &str) -> ConfigError {
        ConfigError::new(self.place(key), format!("{key} is missing"), remedy)
    }

    pub fn refuse(&self, key: &str, problem: &str, remedy: &str) -> ConfigError {
        ConfigError::new(self.place(key), format!("{key} {problem}"), remedy)
    }

    pub fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        match self.given.get(key) {
            None => Ok(None),
            Some(Given {
                value: Value::Text(text),
                ..
            }) => Ok(Some(text)),
            Some(given) => Err(kind(&given.place, key, "stand in quotes")),
        }
    }

    /// A path of the file counts from the file's directory, any other from where we are.
    pub fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        if text.is_empty() || text.contains('\0') {
            return Err(self.refuse(key, "is no path", "write the path in quotes"));
        }
        let from = match self.place(key) {
            Place::Line { file, .. } => file.parent().map(Path::to_owned),
            _ => None,
        };
        Ok(Some(from.unwrap_or_default().join(text)))
    }

    /// One text or a list of them; in a variable the parts stand between commas.
    pub fn list(&self, key: &str) -> Result<Option<Vec<String>>, ConfigError> {
        let Some(given) = self.given.get(key) else {
            return Ok(None);
        };
        match (&given.value, &given.place) {
            (Value::List(parts), _) => Ok(Some(parts.clone())),
            (Value::Text(text), Place::Variable(_)) => {
                let parts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                Ok(Some(parts.map(str::to_owned).collect()))
            }
            (Value::Text(text), _) => Ok(Some(vec![text.clone()])),
            _ => Err(kind(&given.place, key, "be a list of texts in quotes")),
        }
    }

    pub fn number(&self, key: &str) -> Result<Option<i64>, ConfigError> {
        let Some(given) = self.given.get(key) else {
            return Ok(None);
        };
        let number = match (&given.value, &given.place) {
            (Value::Number(number), _) => Some(*number),
            (Value::Text(text), Place::Variable(_)) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .map(Some)
            .ok_or_else(|| kind(&given.place, key, "be a number, without quotes"))
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let Some(given) = self.given.get(key) else {
            return Ok(None);
        };
        let flag = match (&given.value, &given.place) {
            (Value::Flag(flag), _) => Some(*flag),
            (Value::Text(text), Place::Variable(_)) => text.trim().parse().ok(),
            _ => None,
        };
        flag.map(Some)
            .ok_or_else(|| kind(&given.place, key, "be true or false, without quotes"))
    }

    pub fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        match choices.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                let remedy = format!("write one of: {}", names.join(", "));
                Err(self.refuse(key, &format!("cannot be {text:?}"), &remedy))
            }
        }
    }

    /// The value as it stands there, for readers that take more than one form.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.given.get(key).map(|given| &given.value)
    }
}

pub(crate) fn kind(place: &Place, key: &str, form: &str) -> ConfigError {
    let problem = format!("{key} has the wrong form");
    let remedy = format!("it must {form}; maildesk.example.toml shows it");
    ConfigError::new(place.clone(), problem, remedy)
}

/// The annotated example is under 8 KiB; nobody writes one this large on purpose.
const LARGEST_FILE: u64 = 1024 * 1024;
