//! What surrounds every page: title, rail, colours, the form token and the
//! notice of what was just done. Page structs carry a `Chrome` as `chrome`.

use desk::queue::Counts;
use desk::{Agent, Problem};

use crate::guard::{Signed, Visit};
use crate::state::WebState;
use crate::when;

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

impl Chrome {
    /// For pages of nobody in particular.
    pub fn outside(title: &str) -> Chrome {
        Chrome {
            title: title.into(),
            theme: None,
            keys: false,
            csrf: String::new(),
            path: "/".into(),
            notice: None,
            desk: None,
        }
    }

    /// For somebody who is not logged in.
    pub fn of_visit(visit: &Visit, title: &str) -> Chrome {
        Chrome {
            theme: visit.theme,
            csrf: visit.csrf.clone(),
            path: visit.path.clone(),
            notice: Notice::of(&visit.path),
            ..Chrome::outside(title)
        }
    }

    /// For an agent, with the counts of their queues.
    pub async fn of(web: &WebState, signed: &Signed, title: &str) -> Result<Chrome, Problem> {
        let counts = web.desk.counts(&signed.agent).await?;
        Ok(Chrome {
            keys: signed.agent.shortcuts,
            desk: Some(Rail::new(&signed.agent, &counts, &signed.visit.path)),
            ..Chrome::of_visit(&signed.visit, title)
        })
    }
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

impl Rail {
    fn new(agent: &Agent, counts: &Counts, path: &str) -> Rail {
        let (mail, admin): (&[_], &[_]) = if agent.admin {
            (
                &[("Outbox", "/outbox"), ("Journal", "/journal")],
                &[
                    ("Departments", "/admin/departments"),
                    ("Addresses", "/admin/addresses"),
                    ("Agents", "/admin/agents"),
                ],
            )
        } else {
            (&[], &[])
        };
        let links = |list: &[(&str, &str)]| {
            list.iter()
                .map(|(label, href)| Link::new(label, href, path))
                .collect()
        };
        let in_department = path.contains("department=");
        let queue = |label: &str, href: &str, count: i64| {
            let link = Link::new(label, href, path);
            Link {
                count: Some(when::count(count)),
                current: link.current && !in_department,
                ..link
            }
        };
        Rail {
            login: agent.login.clone(),
            name: agent.name.clone(),
            initials: initials(&agent.name),
            queues: vec![
                queue("Open", "/queue/open", counts.open),
                queue("Mine", "/queue/mine", counts.mine),
                queue("Unassigned", "/queue/unassigned", counts.unassigned),
                queue("Closed", "/queue/closed", counts.closed),
            ],
            departments: departments(counts, path),
            mail: links(mail),
            admin: links(admin),
            profile: within(path, "/profile"),
        }
    }
}

/// A department's link keeps the queue that is open, so that one can walk
/// through the closed tickets of each.
fn departments(counts: &Counts, path: &str) -> Vec<Link> {
    let queue = path
        .split('?')
        .next()
        .filter(|path| path.starts_with("/queue/"));
    let queue = queue
        .filter(|path| !path.ends_with("/mine"))
        .unwrap_or("/queue/open");
    let link = |(id, name, open): &(desk::DepartmentId, String, i64)| Link {
        label: name.clone(),
        href: format!("{queue}?department={id}"),
        count: Some(when::count(*open)),
        current: path.contains(&format!("department={id}")),
    };
    counts.departments.iter().map(link).collect()
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

    /// What the form before this page did, by the word in its address. Only
    /// sentences of ours: the address is anybody's to write.
    fn of(path: &str) -> Option<Notice> {
        let query = path.split_once('?')?.1;
        let word = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("done="))?;
        let text = match word {
            "saved" => "Saved.",
            "added" => "Added.",
            "deleted" => "Deleted.",
            "enabled" => "Enabled.",
            "disabled" => "Disabled.",
            "password" => "The password was changed, and every other session of yours has ended.",
            "transferred" => "The ticket went to a department that you do not reach.",
            "logout" => "You are logged out.",
            _ => return None,
        };
        Some(Notice::good(text))
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
    fn notices_are_only_sentences_of_ours() {
        assert_eq!(
            Notice::of("/x?a=b&done=saved").expect("a notice").text,
            "Saved."
        );
        assert!(Notice::of("/x?done=<b>call+this+number</b>").is_none());
        assert!(Notice::of("/x").is_none());
    }

    #[test]
    fn a_link_is_current_on_its_page_and_below_it() {
        assert!(within("/outbox/17?x=1", "/outbox"));
        assert!(within("/outbox", "/outbox"));
        assert!(!within("/outboxes", "/outbox"));
    }
}
