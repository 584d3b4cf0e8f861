//! Every page with believable sample content. The tests look for what must
//! hold on each of them; with `MAILDESK_GALLERY=DIR` they are also written
//! there, light and dark, to be looked at in a browser.

use askama::Template;

use crate::admin::screen::{AdminRow, DeletePage, FormPage, ListPage};
use crate::field::{Choice, Field, Problems};
use crate::journal::{JournalPage, JournalRow};
use crate::login::LoginPage;
use crate::outbox::letter::LetterPage;
use crate::outbox::{LetterRow, OutboxPage};
use crate::page::{Chrome, Link, Notice, Rail};
use crate::profile::ProfilePage;
use crate::queue::{QueuePage, QueueRow};
use crate::setup::SetupPage;
use crate::source::{HeadersPage, SourcePage};
use crate::ticket::page::{
    Badge, Body, Composer, Copy, Delivery, Entry, File, Frame, Kind, Letter, Person, TicketPage,
};
use crate::trouble::TroublePage;

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

fn login(chrome: Chrome) -> LoginPage {
    LoginPage {
        chrome,
        login: "ada".into(),
        next: "/".into(),
        problem: Some("Login name or password is wrong.".into()),
    }
}

fn setup(chrome: Chrome) -> SetupPage {
    let mut fields = vec![
        Field::line("token", "Setup code", "").required(),
        Field::line("name", "Your name", "Ada Lovelace").required(),
        Field::email("email", "Your mail address", "ada@").required(),
        Field::password("password", "Password", "new-password").hint("At least ten characters."),
    ];
    let mut problems = Problems::default();
    problems.add("email", "This is not a mail address.");
    let problem = problems.place(&mut fields);
    SetupPage {
        chrome,
        problem,
        fields,
    }
}

fn queue(chrome: Chrome, rows: Vec<QueueRow>) -> QueuePage {
    QueuePage {
        chrome,
        heading: "Open",
        department: None,
        empty: "Nothing is waiting here",
        empty_hint: "A mail to one of your addresses shows up by itself.",
        newest: "Invoice 2291 was charged twice, from Mira Hoffmann".into(),
        rows,
        first: None,
        next: Some("/queue/open?after=x".into()),
    }
}

fn rows() -> Vec<QueueRow> {
    let row = |number: &str,
               waiting,
               who: &str,
               subject: &str,
               snippet: &str,
               owner: Option<&str>,
               department: &str,
               age: &str| QueueRow {
        number: number.into(),
        href: format!("/tickets/{number}"),
        subject: subject.into(),
        snippet: snippet.into(),
        requester: who.into(),
        assignee: owner.map(str::to_owned),
        department: department.into(),
        waiting,
        mark: if waiting {
            "waiting for an answer"
        } else {
            "answered"
        },
        age: age.into(),
        updated: "Mon 23 Nov 2026, 14:02".into(),
        updated_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "482913",
            true,
            "Mira Hoffmann",
            "Invoice 2291 was charged twice",
            "Hello, my card statement shows the same amount on the 3rd and again on the 5th. Could you check",
            None,
            "Billing",
            "now",
        ),
        row(
            "771204",
            true,
            "Jonas Lindqvist",
            "Cannot log in after the password change",
            "I changed it this morning and since then every attempt ends with “session expired”. I have tried",
            Some("Ben Okafor"),
            "Support",
            "4 min",
        ),
        row(
            "190388",
            false,
            "Amélie Durand-Castellane de Montfort",
            "Quote for 40 seats",
            "Thanks, Amélie. The quote is attached; it is good until the end of December.",
            Some("Ada Lovelace"),
            "Sales",
            "12 min",
        ),
        row(
            "660127",
            true,
            "warehouse@northern-light.example",
            "Delivery note missing in the last three parcels, and the customs office in Rotterdam is asking for it again",
            "They hold the parcels until Friday. Please send the notes for 88120, 88121 and 88127.",
            None,
            "Support",
            "38 min",
        ),
        row(
            "305518",
            true,
            "Priya Raman",
            "Re: Export stops at 10,000 rows",
            "The limit is gone, but now the last column is empty. File attached.",
            Some("Ada Lovelace"),
            "Support",
            "1 h",
        ),
        row(
            "918273",
            false,
            "Tom Becker",
            "Thank you!",
            "Works again, you are the best.",
            Some("Ben Okafor"),
            "Support",
            "2 h",
        ),
        row(
            "551034",
            false,
            "Lucía Fernández",
            "Change of billing address",
            "Done: from the next invoice on it goes to Valencia.",
            Some("Chiara Russo"),
            "Billing",
            "3 h",
        ),
        row(
            "229846",
            true,
            "Kenji Watanabe",
            "お問い合わせ: ライセンスの更新",
            "いつもお世話になっております。ライセンスの更新についてお伺いします。",
            None,
            "Sales",
            "5 h",
        ),
        row(
            "447190",
            false,
            "Sofia Almeida",
            "Webhook signature does not verify",
            "Note: reproduced with the sample from her mail, the clock of the container is 6 minutes off.",
            Some("Ben Okafor"),
            "Support",
            "yesterday",
        ),
        row(
            "108822",
            true,
            "Henrik Vold",
            "Two accounts, one address",
            "Is it possible to merge them without losing the history?",
            None,
            "Support",
            "yesterday",
        ),
    ]
}

fn ticket(chrome: Chrome, collision: bool) -> TicketPage {
    let person = |name: &str, address: &str, active| Person {
        name: name.into(),
        initials: crate::page::initials(name),
        address: address.into(),
        active,
    };
    TicketPage {
        chrome,
        number: "482913".into(),
        subject: "Invoice 2291 was charged twice".into(),
        open: true,
        state: "Open",
        state_tone: "open",
        may_work: true,
        mine: collision,
        back: "/queue/open".into(),
        back_label: "Open".into(),
        sent: None,
        requester: person(
            "Mira Hoffmann",
            "mira.hoffmann@studio-hoffmann.example",
            true,
        ),
        assignees: vec![
            Choice::new("", "Nobody", false),
            Choice::new("1", "Ada Lovelace", false),
            Choice::new("2", "Ben Okafor", true),
        ],
        departments: vec![
            Choice::new("1", "Support", false),
            Choice::new("3", "Billing", true),
        ],
        referred: Some("Sales".into()),
        collaborators: vec![
            person("Jan Hoffmann", "jan@studio-hoffmann.example", true),
            person(
                "tax@kanzlei-weber.example",
                "tax@kanzlei-weber.example",
                false,
            ),
        ],
        collaborator_problem: None,
        collaborator_address: String::new(),
        facts: vec![
            ("Created", "Mon 23 Nov, 09:12".into()),
            ("Changed", "Mon 23 Nov, 14:02".into()),
            ("Written to", "billing@desk.example".into()),
        ],
        earlier: None,
        later: None,
        entries: entries(collision),
        composer: composer(collision),
    }
}

fn entries(collision: bool) -> Vec<Entry> {
    let entry = |sequence: u32, at: &str, body: Body| Entry {
        sequence,
        at: at.into(),
        at_iso: "2026-11-23T14:02:00Z".into(),
        fresh: collision && sequence == 6,
        body,
    };
    let event = |text: &str| Body::Event { text: text.into() };
    let first = Letter {
        badges: vec![Badge {
            text: "verified",
            tone: "good",
            why: "Sent by the domain that it names",
        }],
        frame: Some(Frame {
            href: "/frame.html".into(),
            first: false,
        }),
        attachments: vec![
            file("card statement November.pdf", "pdf", "184 kB"),
            file("Rechnung 2291.xlsx", "xlsx", "22 kB"),
        ],
        ..message(
            "Mira Hoffmann",
            Some("mira.hoffmann@studio-hoffmann.example"),
            "<p>Hello,</p><p>my card statement shows the same amount, 148.20, on the 3rd and again on the 5th. Both lines name invoice 2291. Could you check and send one of them back? The statement is attached.</p><p>The order was <a href=\"https://shop.example/orders/88120\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://shop.example/orders/88120</a></p>",
        )
    };
    let note = Letter {
        kind: Kind::Note,
        addressed: Vec::new(),
        tools: Vec::new(),
        signature: None,
        ..message(
            "Ben Okafor",
            None,
            "<p>Payment provider confirms: the second capture is a retry after a timeout on our side. Refund 148.20, no need to ask Finance below 200.</p>",
        )
    };
    let reply = Letter {
        kind: Kind::Reply,
        addressed: vec![("To", "Mira Hoffmann".into()), ("Cc", "Jan Hoffmann".into())],
        delivery: vec![
            Delivery { tone: "good", text: "delivered to mira.hoffmann@studio-hoffmann.example: 250 2.0.0 Ok: queued as 4F1A2".into() },
            Delivery { tone: "warn", text: "jan@studio-hoffmann.example: tried 2 times, next try at 14:20 (451 4.7.1 Greylisted)".into() },
        ],
        signature: None,
        ..message("Ben Okafor", Some("billing@desk.example"), "<p>Hello Mira,</p><p>you are right, and I am sorry for it. The second payment was our machine's doing: it asked twice after a timeout. I have sent 148.20 back to your card today; banks take</p><ul><li>two days for cards from inside the euro area,</li><li>up to five for others.</li></ul><p>If it is not there by <strong>Monday</strong>, answer this mail and I call them.</p>")
    };
    let answer = Letter {
        quoted: Some("<p>On Mon, 23 Nov 2026 at 11:40, Ben Okafor wrote:</p><p>you are right, and I am sorry for it. The second payment was our machine's doing…</p>".into()),
        ..message("Mira Hoffmann", Some("mira.hoffmann@studio-hoffmann.example"), "<p>Thank you for the quick answer! I will keep an eye on it. Jan is in copy since he does our books.</p>")
    };
    let stranger = Letter {
        badges: vec![Badge {
            text: "unverified third party",
            tone: "warn",
            why: "Not a participant of this ticket",
        }],
        warning: Some(
            "The sender takes no part in this ticket and the mail could not be verified.".into(),
        ),
        subject: Some("AW: Invoice 2291".into()),
        ..message(
            "office@kanzlei-weber.example",
            Some("office@kanzlei-weber.example"),
            "<p>We represent Ms Hoffmann in tax matters and need a corrected invoice.</p>",
        )
    };
    vec![
        entry(1, "Mon 23 Nov, 09:12", Body::Letter(Box::new(first))),
        entry(2, "09:30", event("Ben Okafor took the ticket")),
        entry(3, "Mon 23 Nov, 11:36", Body::Letter(Box::new(note))),
        entry(4, "Mon 23 Nov, 11:40", Body::Letter(Box::new(reply))),
        entry(5, "Mon 23 Nov, 13:55", Body::Letter(Box::new(answer))),
        entry(6, "Mon 23 Nov, 14:02", Body::Letter(Box::new(stranger))),
    ]
}

fn message(author: &str, address: Option<&str>, text: &str) -> Letter {
    Letter {
        kind: Kind::Message,
        author: author.into(),
        initials: crate::page::initials(author),
        address: address.map(str::to_owned),
        badges: Vec::new(),
        addressed: vec![("To", "billing@desk.example".into())],
        warning: None,
        subject: None,
        frame: None,
        text: text.into(),
        quoted: None,
        signature: Some("<p>Mira Hoffmann · Studio Hoffmann<br>Lindenallee 4, Leipzig</p>".into()),
        attachments: Vec::new(),
        delivery: Vec::new(),
        tools: vec![("Source", "/s".into()), ("Headers", "/h".into())],
    }
}

fn file(name: &str, ext: &str, size: &str) -> File {
    File {
        href: "/f".into(),
        name: name.into(),
        ext: ext.into(),
        size: size.into(),
    }
}

fn composer(collision: bool) -> Composer {
    Composer {
        kept: collision,
        collision: collision.then(|| "New since you began: 1 entry, marked above. Your text is kept; read it again and send it.".into()),
        last_entry: 6,
        to: "Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>".into(),
        to_short: "Mira Hoffmann".into(),
        copies: vec![Copy { value: "jan@studio-hoffmann.example".into(), label: "Jan Hoffmann <jan@studio-hoffmann.example>".into(), short: "Jan Hoffmann".into(), chosen: true }],
        reply_text: if collision { "Hello Mira,\n\nthe refund is on its way.".into() } else { String::new() },
        send: "Send to Mira Hoffmann, Jan Hoffmann".into(),
        limit: "25 MB".into(),
        ..Composer::default()
    }
}

fn source(chrome: Chrome) -> SourcePage {
    SourcePage {
        chrome,
        back: "/tickets/482913".into(),
        back_label: "#482913".into(),
        heading: "Source",
        download: Some("/d".into()),
        cut: Some("Only the first 256 kB are shown. The download holds all of it.".into()),
        text: "Received: from mx.studio-hoffmann.example (mx.studio-hoffmann.example [192.0.2.7])\n\tby desk.example with ESMTPS id 4F1A2; Mon, 23 Nov 2026 09:12:03 +0000\nFrom: Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>\nTo: billing@desk.example\nSubject: Invoice 2291 was charged twice\nMessage-ID: <CAF0a8d1ba7c55e2f1b9@mail.studio-hoffmann.example>\n\nHello,\n<script>alert(1)</script>\n".into(),
    }
}

fn headers(chrome: Chrome) -> HeadersPage {
    HeadersPage {
        chrome,
        back: "/tickets/482913".into(),
        back_label: "#482913".into(),
        source: "/s".into(),
        headers: vec![
            ("From".into(), "Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>".into()),
            ("References".into(), "<a-very-long-identifier-without-any-space-0123456789012345678901234567890123456789@mail.example>".into()),
        ],
    }
}

fn outbox(chrome: Chrome, letters: Vec<LetterRow>) -> OutboxPage {
    let hold = Some("Outgoing mail is held: nothing leaves this desk. Open a letter to read it.");
    OutboxPage {
        chrome,
        hold,
        letters,
        first: None,
        next: None,
    }
}

fn letters() -> Vec<LetterRow> {
    let row = |state, tone, subject: &str, to: &str, kind| LetterRow {
        state,
        tone,
        href: "/outbox/1".into(),
        subject: subject.into(),
        to: to.into(),
        from: "Desk Support <support@desk.example>".into(),
        kind,
        number: "482913".into(),
        age: "12 min".into(),
        at: "Mon 23 Nov 2026, 14:02".into(),
        at_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "held",
            "warn",
            "Re: Invoice 2291 was charged twice",
            "mira.hoffmann@studio-hoffmann.example, jan@studio-hoffmann.example",
            "answer",
        ),
        row(
            "queued",
            "info",
            "Re: Cannot log in after the password change",
            "jonas@lindqvist.example",
            "answer",
        ),
        row(
            "sent",
            "good",
            "Re: Quote for 40 seats",
            "amelie@castellane.example",
            "acknowledgement",
        ),
        row(
            "failed",
            "bad",
            "Re: Delivery note missing",
            "warehouse@northern-light.example",
            "answer",
        ),
    ]
}

fn letter(chrome: Chrome) -> LetterPage {
    LetterPage {
        chrome,
        number: "482913".into(),
        ticket_href: "/tickets/482913".into(),
        state: "held",
        tone: "warn",
        subject: "Re: Invoice 2291 was charged twice".into(),
        source: "/outbox/1/source".into(),
        pairs: vec![
            ("From", "Desk Billing <billing@desk.example>".into()),
            ("To", "Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>".into()),
            ("Date", "Mon 23 Nov 2026, 11:40".into()),
        ],
        recipients: vec![
            Delivery { tone: "warn", text: "mira.hoffmann@studio-hoffmann.example: held".into() },
            Delivery { tone: "bad", text: "jan@studio-hoffmann.example: refused: 550 5.1.1 no such user".into() },
        ],
        text: "<p>Hello Mira,</p><p>you are right.</p>".into(),
        frame: Some("/frame.html".into()),
        attachments: vec!["refund.pdf, 18 kB".into()],
        headers: "From: Desk Billing <billing@desk.example>\nTo: Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>\nMessage-ID: <01.482913@desk.example>".into(),
    }
}

fn journal(chrome: Chrome, rows: Vec<JournalRow>) -> JournalPage {
    JournalPage {
        chrome,
        rows,
        first: Some("/journal".into()),
        next: Some("/journal?after=x".into()),
    }
}

fn journal_rows() -> Vec<JournalRow> {
    let row = |outcome, tone, from: &str, rule: &str, reply: &str, number: &str| JournalRow {
        outcome,
        tone,
        from: from.into(),
        to: "support@desk.example".into(),
        rule: rule.into(),
        reply: reply.into(),
        peer: "192.0.2.7 mx.studio-hoffmann.example".into(),
        size: "18 kB".into(),
        number: number.into(),
        href: (!number.is_empty()).then(|| format!("/tickets/{number}")),
        age: "4 min".into(),
        at: "Mon 23 Nov 2026, 14:02".into(),
        at_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "accepted",
            "good",
            "mira.hoffmann@studio-hoffmann.example",
            "In-Reply-To holds our Message-ID",
            "250 2.6.0 ticket 482913",
            "482913",
        ),
        row(
            "refused",
            "bad",
            "spam@bulk.example",
            "unknown recipient",
            "550 5.1.1 no such address here",
            "",
        ),
        row(
            "repeated",
            "info",
            "jonas@lindqvist.example",
            "same mail as before",
            "250 2.6.0 ticket 771204",
            "771204",
        ),
    ]
}

fn list(chrome: Chrome) -> ListPage {
    let row = |name: &str, cells: [&str; 2], active| AdminRow {
        name: name.into(),
        cells: cells.map(str::to_owned).to_vec(),
        active,
        edit: "/admin/departments/1".into(),
        switch: "/admin/departments/1/switch".into(),
        delete: Some("/admin/departments/1/delete".into()),
    };
    ListPage {
        chrome,
        heading: "Departments",
        about: "A ticket belongs to one department; its address and name stand in the answers.",
        noun: "department",
        add: "/admin/departments/new".into(),
        problem: Some("Support cannot be deleted: 17 tickets belong to it.".into()),
        rows: vec![
            row(
                "Support",
                ["support@desk.example", "acknowledges new mail"],
                true,
            ),
            row("Billing", ["billing@desk.example", "silent"], true),
            row("Press", ["press@desk.example", "silent"], false),
        ],
        first: None,
        next: None,
    }
}

fn form(chrome: Chrome) -> FormPage {
    let mut fields = vec![
        Field::line("name", "Name", "Ben Okafor").required(),
        Field::email("email", "Mail address", "ben@desk.example")
            .hint("Mail from here counts as this agent's."),
        Field::check("admin", "May change the settings", false),
        Field::several(
            "departments",
            "Departments",
            vec![
                Choice::new("1", "Support", true),
                Choice::new("2", "Sales", false),
            ],
        ),
        Field::choice(
            "outgoing",
            "Answers come from",
            vec![Choice::new("1", "support@desk.example", true)],
        ),
        Field::text("signature", "Signature", "Ben", 4),
        Field::password("password", "New password", "new-password")
            .hint("Leave empty to keep the old one."),
    ];
    let mut problems = Problems::default();
    problems.add("password", "A password has at least ten characters.");
    problems.above("Somebody else changed this agent meanwhile.".into());
    let problem = problems.place(&mut fields);
    FormPage {
        chrome,
        heading: "Ben Okafor".into(),
        back: "/admin/agents",
        back_label: "Agents",
        action: "/admin/agents/1".into(),
        submit: "Save",
        problem,
        fields,
    }
}

fn delete(chrome: Chrome) -> DeletePage {
    DeletePage {
        chrome,
        heading: "Delete Press?".into(),
        back: "/admin/departments",
        back_label: "Departments",
        action: "/admin/departments/1/delete".into(),
        problem: None,
        question: "The department goes for good. Its tickets must have gone to another one before."
            .into(),
    }
}

fn profile(chrome: Chrome) -> ProfilePage {
    ProfilePage {
        chrome,
        problem: None,
        profile: vec![
            Field::line("name", "Name", "Ada Lovelace")
                .hint("Customers see it in your answers.")
                .required(),
            Field::text("signature", "Signature", "Ada", 4),
            Field::check("shortcuts", "Single keys act (j, k, r, n, ?)", true),
        ],
        password: vec![
            Field::password("old", "Old password", "current-password").required(),
            Field::password("new", "New password", "new-password").required(),
        ],
    }
}

fn trouble(chrome: Chrome) -> TroublePage {
    TroublePage {
        chrome,
        heading: "There is no such ticket",
        text: "Nothing has this number, or you may not see it.".into(),
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
