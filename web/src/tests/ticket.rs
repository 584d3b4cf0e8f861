//! The queue, the ticket page and what is done on it with one button.

use desk::EntryBody;

use crate::testing::{Browser, Site};

/// The token of the forms on a ticket page.
pub async fn token(browser: &mut Browser, number: &impl std::fmt::Display) -> String {
    browser.get(&format!("/tickets/{number}")).await.token()
}

#[tokio::test]
async fn a_mail_shows_in_the_queue_and_on_its_page() {
    let site = Site::start().await;
    let number = site
        .mail(
            "support",
            "Invoice <2291>",
            "Hello <b>there</b>\nhttps://shop.example/",
        )
        .await;
    let mut ben = site.logged_in("ben").await;
    let queue = ben.get("/queue/open").await.body;
    for part in [
        "Mira Hoffmann",
        "Invoice &#60;2291&#62;",
        &format!("/tickets/{number}"),
        "Waiting for an answer",
    ] {
        assert!(queue.contains(part), "{part} in {queue}");
    }
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    assert!(page.contains("Hello &lt;b&gt;there&lt;/b&gt;"), "{page}");
    assert!(
        ben.get("/queue/closed")
            .await
            .body
            .contains("Nothing is closed yet")
    );
    assert_eq!(
        ben.get(&format!("/find?number=%23{number}"))
            .await
            .header("location"),
        format!("/tickets/{number}")
    );
}

#[tokio::test]
async fn a_ticket_of_a_foreign_department_does_not_exist() {
    let site = Site::start().await;
    let number = site.mail("sales", "Quote", "Please").await;
    let mut ben = site.logged_in("ben").await;
    let token = ben.get("/profile").await.token();
    assert!(!ben.get("/queue/open").await.body.contains("Quote"));
    for path in [
        "",
        "/entries/1/html",
        "/entries/1/source",
        "/entries/1/headers",
        "/entries/1/message.eml",
        "/entries/1/attachments/0/x",
    ] {
        assert_eq!(
            ben.get(&format!("/tickets/{number}{path}")).await.status,
            404,
            "{path}"
        );
    }
    for path in ["assign", "transfer", "close", "reopen", "collaborators"] {
        assert_eq!(
            ben.post(
                &format!("/tickets/{number}/{path}"),
                &[
                    ("csrf", &token),
                    ("to", "me"),
                    ("department", &site.support.to_string())
                ]
            )
            .await
            .status,
            404,
            "{path}"
        );
    }
    for path in ["reply", "note"] {
        let parts = [
            ("csrf", None, token.as_bytes()),
            ("body", None, b"x".as_slice()),
        ];
        assert_eq!(
            ben.post_files(&format!("/tickets/{number}/{path}"), &parts)
                .await
                .status,
            404,
            "{path}"
        );
    }
    let letters = site.desk.letters(None, 10).await.expect("letters").rows;
    assert_eq!(
        ben.get(&format!("/outbox/{}", letters[0].id)).await.status,
        404
    );
    assert_eq!(ben.get(&format!("/find?number={number}")).await.status, 404);
}

#[tokio::test]
async fn buttons_assign_close_reopen_and_transfer() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ada = site.logged_in("ada").await;
    let token = token(&mut ada, &number).await;
    let ticket = async || {
        site.desk
            .ticket_by_number(&number)
            .await
            .expect("read")
            .expect("a ticket")
    };
    let path = |verb: &str| format!("/tickets/{number}/{verb}");
    ada.post(&path("assign"), &[("csrf", &token), ("to", "me")])
        .await;
    assert_eq!(ticket().await.assignee, Some(site.ada.id));
    ada.post(
        &path("assign"),
        &[("csrf", &token), ("to", &site.ben.id.to_string())],
    )
    .await;
    assert_eq!(ticket().await.assignee, Some(site.ben.id));
    ada.post(&path("assign"), &[("csrf", &token), ("to", "")])
        .await;
    assert_eq!(ticket().await.assignee, None);
    ada.post(&path("close"), &[("csrf", &token)]).await;
    assert!(!ticket().await.is_open());
    ada.post(&path("reopen"), &[("csrf", &token)]).await;
    assert!(ticket().await.is_open());
    let mut ben = site.logged_in("ben").await;
    let bens = ben.get("/profile").await.token();
    let reply = ben
        .post(
            &path("transfer"),
            &[("csrf", &bens), ("department", &site.sales.to_string())],
        )
        .await;
    assert_eq!(reply.header("location"), "/queue/open?done=transferred");
    assert_eq!(ticket().await.department, site.sales);
    let page = ada.get(&format!("/tickets/{number}")).await.body;
    assert!(
        page.contains("Ada took the ticket")
            && page.contains("Ben moved the ticket from Support to Sales"),
        "{page}"
    );
}

#[tokio::test]
async fn collaborators_are_added_muted_and_included() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let token = token(&mut ben, &number).await;
    let path = format!("/tickets/{number}/collaborators");
    let reply = ben
        .post(
            &path,
            &[
                ("csrf", &token),
                ("do", "add"),
                ("address", "no address"),
                ("name", ""),
            ],
        )
        .await;
    assert_eq!(reply.status, 422);
    assert!(
        reply.body.contains("value=\"no address\"") && reply.body.contains("collaborator-problem")
    );
    let reply = ben
        .post(
            &path,
            &[
                ("csrf", &token),
                ("do", "add"),
                ("address", "jan@customer.example"),
                ("name", "Jan"),
            ],
        )
        .await;
    assert_eq!(reply.status, 303);
    assert!(
        ben.get(&format!("/tickets/{number}"))
            .await
            .body
            .contains("Send to Mira Hoffmann, Jan")
    );
    ben.post(
        &path,
        &[
            ("csrf", &token),
            ("do", "disable"),
            ("address", "jan@customer.example"),
        ],
    )
    .await;
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    assert!(
        page.contains("Send to Mira Hoffmann<") && page.contains("Include"),
        "{page}"
    );
}

#[tokio::test]
async fn long_conversations_have_pages() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    for _ in 0..60 {
        site.desk
            .close(&site.moment(), &site.ada, &number)
            .await
            .expect("closed");
        site.desk
            .reopen(&site.moment(), &site.ada, &number)
            .await
            .expect("reopened");
    }
    let mut ada = site.logged_in("ada").await;
    let newest = ada.get(&format!("/tickets/{number}")).await.body;
    assert!(newest.contains("Show earlier entries") && !newest.contains("id=\"entry-1\""));
    let first = ada.get(&format!("/tickets/{number}?after=0")).await.body;
    assert!(first.contains("id=\"entry-1\"") && first.contains("Show later entries"));
}

#[tokio::test]
async fn entries_are_what_the_desk_holds() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let ticket = site
        .desk
        .ticket_by_number(&number)
        .await
        .expect("read")
        .expect("a ticket");
    let entries = site
        .desk
        .entries(ticket.id, None, 10)
        .await
        .expect("entries");
    assert!(matches!(entries[0].body, EntryBody::Message(_)));
    let page = site
        .logged_in("ben")
        .await
        .get(&format!("/tickets/{number}"))
        .await
        .body;
    for entry in entries {
        assert!(page.contains(&format!("id=\"entry-{}\"", entry.sequence)));
    }
}
