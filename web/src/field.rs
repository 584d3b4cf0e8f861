//! The fields of a form as values, and the problems found in what was sent.
//! `part/fields.html` places them; every form of the settings, the profile
//! and the first run is made of them.

use std::collections::HashMap;

use desk::Problem;

use crate::trouble::{capital, sentence};

#[derive(Clone)]
pub struct Field {
    pub name: &'static str,
    pub id: String,
    pub label: &'static str,
    pub input: Input,
    pub hint: Option<&'static str>,
    pub problem: Option<String>,
    pub required: bool,
    pub autocomplete: Option<&'static str>,
    /// Whether there is a hint or a problem to point at.
    pub described: bool,
}

#[derive(Clone)]
pub enum Input {
    Line { kind: &'static str, value: String },
    Text { value: String, rows: u8 },
    Check { checked: bool },
    Choice { options: Vec<Choice> },
    Several { options: Vec<Choice> },
}

#[derive(Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Field {
    pub fn line(name: &'static str, label: &'static str, value: &str) -> Field {
        Field::new(
            name,
            label,
            Input::Line {
                kind: "text",
                value: value.into(),
            },
        )
    }

    pub fn email(name: &'static str, label: &'static str, value: &str) -> Field {
        Field::new(
            name,
            label,
            Input::Line {
                kind: "email",
                value: value.into(),
            },
        )
    }

    /// A password is never sent back to the browser.
    pub fn password(name: &'static str, label: &'static str, purpose: &'static str) -> Field {
        let mut field = Field::new(
            name,
            label,
            Input::Line {
                kind: "password",
                value: String::new(),
            },
        );
        field.autocomplete = Some(purpose);
        field
    }

    pub fn text(name: &'static str, label: &'static str, value: &str, rows: u8) -> Field {
        Field::new(
            name,
            label,
            Input::Text {
                value: value.into(),
                rows,
            },
        )
    }

    pub fn check(name: &'static str, label: &'static str, checked: bool) -> Field {
        Field::new(name, label, Input::Check { checked })
    }

    pub fn choice(name: &'static str, label: &'static str, options: Vec<Choice>) -> Field {
        Field::new(name, label, Input::Choice { options })
    }

    pub fn several(name: &'static str, label: &'static str, options: Vec<Choice>) -> Field {
        Field::new(name, label, Input::Several { options })
    }

    pub fn hint(mut self, hint: &'static str) -> Field {
        self.hint = Some(hint);
        self.described = true;
        self
    }

    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub fn autocomplete(mut self, hint: &'static str) -> Field {
        self.autocomplete = Some(hint);
        self
    }

    fn new(name: &'static str, label: &'static str, input: Input) -> Field {
        let id = format!("field-{name}");
        Field {
            name,
            id,
            label,
            input,
            hint: None,
            problem: None,
            required: false,
            autocomplete: None,
            described: false,
        }
    }
}

impl Choice {
    pub fn new(value: impl ToString, label: &str, chosen: bool) -> Choice {
        Choice {
            value: value.to_string(),
            label: label.into(),
            chosen,
        }
    }
}

/// Every problem of one form, by field; what belongs to no field stands above.
#[derive(Default, Debug)]
pub struct Problems {
    by_field: HashMap<String, String>,
    above: Vec<String>,
}

impl Problems {
    /// What the desk found in a form. Faults that no field can mend are
    /// handed back.
    pub fn of(problem: Problem) -> Result<Problems, Problem> {
        let mut problems = Problems::default();
        match problem {
            Problem::Invalid(list) => {
                for invalid in list {
                    problems.add(invalid.field, &capital(&invalid.message));
                }
            }
            Problem::TooMany { .. } | Problem::Busy => problems.above(sentence(&problem)),
            other => return Err(other),
        }
        Ok(problems)
    }

    pub fn add(&mut self, field: &str, message: &str) {
        self.by_field
            .entry(field.into())
            .or_insert_with(|| message.into());
    }

    pub fn above(&mut self, message: String) {
        self.above.push(message);
    }

    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty() && self.above.is_empty()
    }

    /// Puts each problem beside its field. The sentence for above the form
    /// also says what found no field, so that nothing goes unsaid.
    pub fn place(mut self, fields: &mut [Field]) -> Option<String> {
        for field in fields {
            field.problem = self.by_field.remove(field.name);
            field.described |= field.problem.is_some();
        }
        self.above.extend(self.by_field.into_values());
        (!self.above.is_empty()).then(|| self.above.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_stand_beside_their_fields_and_the_rest_above() {
        let mut fields = [
            Field::line("name", "Name", ""),
            Field::line("other", "Other", ""),
        ];
        let mut problems = Problems::default();
        problems.add("name", "A name is needed.");
        problems.add("name", "Second problem of the same field.");
        problems.add("lost", "No field of that name.");
        let above = problems.place(&mut fields);
        assert_eq!(fields[0].problem.as_deref(), Some("A name is needed."));
        assert!(fields[0].described && !fields[1].described);
        assert_eq!(above.as_deref(), Some("No field of that name."));
    }

    #[test]
    fn a_password_field_is_always_empty() {
        let Input::Line { value, kind } = Field::password("p", "P", "new-password").input else {
            panic!()
        };
        assert_eq!((value.as_str(), kind), ("", "password"));
    }
}
