//! What surrounds every page: title, rail, colours, the form token and the
//! notice of what was just done. Page structs carry a `Chrome` as `chrome`.

/// The surroundings of one page.
#[derive(Clone)]
pub struct Chrome {
    pub title: String,
    /// `None` follows the system.
    pub theme: Option<&'static str>,
    /// Whether single keys act.
    pub keys: bool,
    pub csrf: String,
    /// Path and query of this page, for forms that come back to it.
    pub path: String,
    pub notice: Option<Notice>,
    /// What only somebody who is logged in sees.
    pub desk: Option<Rail>,
}

#[derive(Clone)]
pub struct Rail {
    pub login: String,
    pub name: String,
    pub initials: String,
    pub queues: Vec<Link>,
    pub departments: Vec<Link>,
    pub mail: Vec<Link>,
    pub admin: Vec<Link>,
    pub profile: bool,
}

#[derive(Clone)]
pub struct Link {
    pub label: String,
    pub href: String,
    pub count: Option<String>,
    pub current: bool,
}

impl Link {
    pub fn new(label: &str, href: &str, path: &str) -> Link {
        Link {
            label: label.into(),
            href: href.into(),
            count: None,
            current: within(path, href),
        }
    }
}

#[derive(Clone)]
pub struct Notice {
    pub tone: &'static str,
    pub text: String,
}

impl Notice {
    pub fn good(text: &str) -> Notice {
        Notice {
            tone: "good",
            text: text.into(),
        }
    }
}

/// The letters in the round face of a person: first and last name, or the
/// first letter of an address.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = if name.contains('@') {
        None
    } else {
        words.next_back().and_then(|word| word.chars().next())
    };
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Whether the page at `path` is `href` or lies below it.
fn within(path: &str, href: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    path == href
        || path
            .strip_prefix(href)
            .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_first_and_last_name() {
        assert_eq!(initials("Ada Byron Lovelace"), "AL");
        assert_eq!(initials("ben"), "B");
        assert_eq!(initials("ann.miller@example.org"), "A");
        assert_eq!(initials("Łukasz Żak"), "ŁŻ");
        assert_eq!(initials("  "), "");
    }

    #[test]
    fn a_link_is_current_on_its_page_and_below_it() {
        assert!(within("/outbox/17?x=1", "/outbox"));
        assert!(within("/outbox", "/outbox"));
        assert!(!within("/outboxes", "/outbox"));
    }
}
