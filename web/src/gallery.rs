//! Every page with believable sample content. The tests look for what must
//! hold on each of them; with `MAILDESK_GALLERY=DIR` they are also written
//! there, light and dark, to be looked at in a browser.

mod forms;
mod lists;
mod tickets;

use askama::Template;

use crate::page::{Chrome, Link, Notice, Rail};
use forms::{delete, form, list, login, profile, setup, trouble};
use lists::{journal, journal_rows, letter, letters, outbox, queue, rows};
use tickets::{headers, source, ticket};

/// Every page by name. `theme` as the cookie would say it.
pub fn pages(theme: Option<&'static str>) -> Vec<(&'static str, String)> {
    let inside = |title: &str, path: &str| chrome(title, path, theme);
    let outside = |title: &str| Chrome {
        desk: None,
        ..chrome(title, "/login", theme)
    };
    let made =
        |name, page: Result<String, askama::Error>| (name, page.expect("the template renders"));
    vec![
        made("login", login(outside("Log in")).render()),
        made("setup", setup(outside("First run")).render()),
        made(
            "queue",
            queue(inside("Open", "/queue/open"), rows()).render(),
        ),
        made(
            "queue-empty",
            queue(inside("Open", "/queue/open"), Vec::new()).render(),
        ),
        made(
            "ticket",
            ticket(inside("Invoice 2291", "/tickets/482913"), false).render(),
        ),
        made(
            "ticket-collision",
            ticket(inside("Invoice 2291", "/tickets/482913"), true).render(),
        ),
        made(
            "source",
            source(inside("Source", "/tickets/482913")).render(),
        ),
        made(
            "headers",
            headers(inside("Headers", "/tickets/482913")).render(),
        ),
        made(
            "outbox",
            outbox(inside("Outbox", "/outbox"), letters()).render(),
        ),
        made(
            "outbox-empty",
            outbox(inside("Outbox", "/outbox"), Vec::new()).render(),
        ),
        made("letter", letter(inside("Letter", "/outbox/1")).render()),
        made(
            "journal",
            journal(inside("Mail journal", "/journal"), journal_rows()).render(),
        ),
        made(
            "journal-empty",
            journal(inside("Mail journal", "/journal"), Vec::new()).render(),
        ),
        made(
            "admin-list",
            list(inside("Departments", "/admin/departments")).render(),
        ),
        made("admin-form", form(inside("Edit", "/admin/agents")).render()),
        made(
            "admin-delete",
            delete(inside("Delete", "/admin/departments")).render(),
        ),
        made(
            "profile",
            profile(inside("Your profile", "/profile")).render(),
        ),
        made(
            "trouble",
            trouble(inside("Not found", "/tickets/1")).render(),
        ),
        made("trouble-outside", trouble(outside("Not found")).render()),
    ]
}

pub fn chrome(title: &str, path: &str, theme: Option<&'static str>) -> Chrome {
    let link = |label: &str, href: &str, count: Option<&str>| {
        let mut link = Link::new(label, href, path);
        link.count = count.map(str::to_owned);
        link
    };
    Chrome {
        title: title.into(),
        theme,
        keys: true,
        csrf: "sample".into(),
        path: path.into(),
        notice: title
            .starts_with("Departments")
            .then(|| Notice::good("Department Billing was saved.")),
        desk: Some(Rail {
            login: "ada".into(),
            name: "Ada Lovelace".into(),
            initials: "AL".into(),
            queues: vec![
                link("Open", "/queue/open", Some("23")),
                link("Mine", "/queue/mine", Some("6")),
                link("Unassigned", "/queue/unassigned", Some("9")),
                link("Closed", "/queue/closed", Some("1,204")),
            ],
            departments: vec![
                link("Support", "/queue/open?department=1", Some("17")),
                link("Sales", "/queue/open?department=2", Some("4")),
                link("Billing", "/queue/open?department=3", Some("2")),
            ],
            mail: vec![
                link("Outbox", "/outbox", None),
                link("Journal", "/journal", None),
            ],
            admin: vec![
                link("Departments", "/admin/departments", None),
                link("Addresses", "/admin/addresses", None),
                link("Agents", "/admin/agents", None),
            ],
            profile: path == "/profile",
        }),
    }
}

mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_looked_at() {
        let Ok(directory) = std::env::var("MAILDESK_GALLERY") else {
            return;
        };
        for theme in ["light", "dark"] {
            for (name, html) in pages(Some(theme)) {
                std::fs::write(format!("{directory}/{name}-{theme}.html"), html).expect("write");
            }
        }
    }

    #[test]
    fn no_page_has_inline_style_or_script() {
        for (name, html) in pages(None) {
            for forbidden in [" style=", "<style", " onclick", " onload", "javascript:"] {
                assert!(!html.contains(forbidden), "{name} contains {forbidden}");
            }
            assert_eq!(html.matches("<script").count(), 1, "{name}");
        }
    }

    #[test]
    fn every_post_form_carries_the_token_first() {
        for (name, html) in pages(None) {
            for form in html
                .split("<form")
                .skip(1)
                .filter(|form| form.contains("method=\"post\""))
            {
                let inside = form.split_once('>').expect("a tag").1.trim_start();
                let first = inside
                    .find("<input")
                    .map(|at| &inside[at..])
                    .unwrap_or_default();
                assert!(
                    first.starts_with("<input type=\"hidden\" name=\"csrf\" value=\"sample\">"),
                    "{name}: {inside:.120}"
                );
            }
        }
    }

    #[test]
    fn every_page_has_one_first_heading_and_skips_no_level() {
        for (name, html) in pages(None) {
            let levels: Vec<u32> = html
                .split("<h")
                .skip(1)
                .filter_map(|rest| {
                    rest.chars()
                        .next()?
                        .to_digit(10)
                        .filter(|_| !rest.starts_with("tml"))
                })
                .collect();
            assert_eq!(
                levels.iter().filter(|level| **level == 1).count(),
                1,
                "{name}: {levels:?}"
            );
            for pair in levels.windows(2) {
                assert!(pair[1] <= pair[0] + 1, "{name}: {levels:?}");
            }
        }
    }

    #[test]
    fn ids_are_unique_and_labels_point_at_fields() {
        for (name, html) in pages(None) {
            let mut ids: Vec<&str> = html
                .split(" id=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            for label in html
                .split("<label")
                .skip(1)
                .filter_map(|rest| rest.split_once(" for=\"")?.1.split('"').next())
            {
                assert!(ids.contains(&label), "{name}: label for {label}");
            }
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), count, "{name} has an id twice");
        }
    }

    #[test]
    fn text_of_a_mail_is_escaped() {
        let (_, html) = pages(None)
            .into_iter()
            .find(|(name, _)| *name == "source")
            .expect("the page");
        assert!(html.contains("&#60;script&#62;alert(1)"), "{html}");
    }
}
