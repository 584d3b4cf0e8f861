//! The login, the first run, the settings and the profile.

use crate::admin::screen::{AdminRow, DeletePage, FormPage, ListPage};
use crate::field::{Choice, Field, Problems};
use crate::login::LoginPage;
use crate::page::Chrome;
use crate::profile::ProfilePage;
use crate::setup::SetupPage;
use crate::trouble::TroublePage;

pub fn login(chrome: Chrome) -> LoginPage {
    LoginPage {
        chrome,
        login: "ada".into(),
        next: "/".into(),
        problem: Some("Login name or password is wrong.".into()),
    }
}

pub fn setup(chrome: Chrome) -> SetupPage {
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

pub fn list(chrome: Chrome) -> ListPage {
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

pub fn form(chrome: Chrome) -> FormPage {
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

pub fn delete(chrome: Chrome) -> DeletePage {
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

pub fn profile(chrome: Chrome) -> ProfilePage {
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

pub fn trouble(chrome: Chrome) -> TroublePage {
    TroublePage {
        chrome,
        heading: "There is no such ticket",
        text: "Nothing has this number, or you may not see it.".into(),
    }
}
