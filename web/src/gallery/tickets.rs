//! The ticket page and what stands behind its entries.

use crate::field::Choice;
use crate::page::Chrome;
use crate::source::{HeadersPage, SourcePage};
use crate::ticket::page::{
    Badge, Body, Composer, Copy, Delivery, Entry, File, Frame, Kind, Letter, Person, TicketPage,
};

pub fn ticket(chrome: Chrome, collision: bool) -> TicketPage {
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

pub fn entries(collision: bool) -> Vec<Entry> {
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

pub fn message(author: &str, address: Option<&str>, text: &str) -> Letter {
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

pub fn file(name: &str, ext: &str, size: &str) -> File {
    File {
        href: "/f".into(),
        name: name.into(),
        ext: ext.into(),
        size: size.into(),
    }
}

pub fn composer(collision: bool) -> Composer {
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

pub fn source(chrome: Chrome) -> SourcePage {
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

pub fn headers(chrome: Chrome) -> HeadersPage {
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
