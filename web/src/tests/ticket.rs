//! The queue, the ticket page and what is done on it, the outbox, the journal
//! and the live events.

use desk::EntryBody;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::testing::{Browser, Site};

async fn token(browser: &mut Browser, number: &impl std::fmt::Display) -> String {
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
async fn a_reply_with_files_leaves_as_a_letter() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let token = token(&mut ben, &number).await;
    let large: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let parts: [(&str, Option<&str>, &[u8]); 6] = [
        ("csrf", None, token.as_bytes()),
        ("last_entry", None, b"9"),
        ("body", None, b"Sorry, **refunded**."),
        ("files", Some("../refund.txt"), b"148.20"),
        ("files", Some("large.bin"), &large),
        ("files", Some(""), b""),
    ];
    let reply = ben
        .post_files(&format!("/tickets/{number}/reply"), &parts)
        .await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let place = reply.header("location").to_owned();
    assert!(
        place.starts_with(&format!("/tickets/{number}?sent=reply#entry-")),
        "{place}"
    );
    let page = ben.get(&place).await.body;
    for part in [
        "data-sent=\"reply\"",
        "<strong>refunded</strong>",
        "held: mira@customer.example",
        "refund.txt",
        "large.bin",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let sequence = place.rsplit('-').next().expect("a number");
    let file = ben
        .get(&format!(
            "/tickets/{number}/entries/{sequence}/attachments/1/large.bin"
        ))
        .await;
    assert!(file.bytes == large);
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"large.bin\""
    );
    let spool = std::fs::read_dir(site.desk.store().blobs().spool_dir()).expect("the spool");
    assert_eq!(spool.count(), 0, "the spool is empty again");
}

#[tokio::test]
async fn an_answer_to_an_old_page_comes_back_with_its_text() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let token = token(&mut ben, &number).await;
    let seen = site
        .desk
        .ticket_by_number(&number)
        .await
        .expect("read")
        .expect("a ticket")
        .last_entry
        .to_string();
    let note = [
        ("csrf", None, token.as_bytes()),
        ("body", None, b"Careful, a lawyer.".as_slice()),
    ];
    site.logged_in("ada").await.get("/").await;
    assert_eq!(
        ben.clone()
            .post_files(&format!("/tickets/{number}/note"), &note)
            .await
            .status,
        303
    );
    let parts = [
        ("csrf", None, token.as_bytes()),
        ("last_entry", None, seen.as_bytes()),
        ("body", None, b"My long </textarea> answer".as_slice()),
    ];
    let reply = ben
        .post_files(&format!("/tickets/{number}/reply"), &parts)
        .await;
    assert_eq!(reply.status, 409);
    assert!(
        reply.body.contains("New since you began: one entry"),
        "{}",
        reply.body
    );
    assert!(reply.body.contains("My long &#60;/textarea&#62; answer"));
    let newest = site
        .desk
        .ticket_by_number(&number)
        .await
        .expect("read")
        .expect("a ticket")
        .last_entry
        .to_string();
    assert!(
        reply
            .body
            .contains(&format!("name=\"last_entry\" value=\"{newest}\""))
    );
    let parts = [
        ("csrf", None, token.as_bytes()),
        ("last_entry", None, newest.as_bytes()),
        ("body", None, b"Sent anyway".as_slice()),
    ];
    assert_eq!(
        ben.post_files(&format!("/tickets/{number}/reply"), &parts)
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn an_empty_reply_is_not_sent() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let token = token(&mut ben, &number).await;
    let parts = [
        ("csrf", None, token.as_bytes()),
        ("last_entry", None, b"9".as_slice()),
        ("body", None, b" \n".as_slice()),
    ];
    let reply = ben
        .post_files(&format!("/tickets/{number}/reply"), &parts)
        .await;
    assert_eq!(reply.status, 422);
    assert!(
        reply.body.contains("Write something first."),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn a_note_is_never_a_letter() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let before = site
        .desk
        .letters(None, 10)
        .await
        .expect("letters")
        .rows
        .len();
    let mut ben = site.logged_in("ben").await;
    let token = token(&mut ben, &number).await;
    let parts = [
        ("csrf", None, token.as_bytes()),
        ("body", None, b"Between us".as_slice()),
        ("cc", None, b"mira@customer.example"),
    ];
    let reply = ben
        .post_files(&format!("/tickets/{number}/note"), &parts)
        .await;
    assert!(reply.header("location").contains("?sent=note#entry-"));
    assert!(
        ben.get(&format!("/tickets/{number}"))
            .await
            .body
            .contains("Internal note")
    );
    assert_eq!(
        site.desk
            .letters(None, 10)
            .await
            .expect("letters")
            .rows
            .len(),
        before
    );
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
async fn formatted_mail_is_sanitised_and_framed_under_its_own_policy() {
    let site = Site::start().await;
    let message = b"From: Mira <mira@customer.example>\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><p onclick=x>Hi</p><img src=https://t.example/p.gif><img src=\"cid:logo\">\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline; filename=l.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n";
    let number = site.raw_mail("support", message).await;
    let mut ben = site.logged_in("ben").await;
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    assert!(
        page.contains("sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\"")
    );
    let frame = ben.get(&format!("/tickets/{number}/entries/1/html")).await;
    assert_eq!(
        frame.header("content-security-policy"),
        crate::headers::FRAME_POLICY
    );
    assert!(
        frame.body.contains("Hi") && frame.body.contains("One picture from elsewhere"),
        "{}",
        frame.body
    );
    for gone in ["<script", "onclick", "t.example"] {
        assert!(!frame.body.contains(gone), "{gone}");
    }
    let picture = format!("/tickets/{number}/entries/1/attachments/0/l.png");
    assert!(frame.body.contains(&picture), "{}", frame.body);
    let reply = ben.get(&picture).await;
    assert_eq!(
        (
            reply.header("content-type"),
            reply.header("content-disposition")
        ),
        ("image/png", "inline; filename=\"l.png\"")
    );
}

#[tokio::test]
async fn attachments_are_saved_and_their_names_are_tamed() {
    let site = Site::start().await;
    let message = b"From: Mira <mira@customer.example>\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\n\r\ntext\r\n--r\r\nContent-Type: text/html; name=\"../../x\\\"y.html\"\r\nContent-Disposition: attachment; filename=\"../../x\\\"y.html\"\r\n\r\n<script>alert(1)</script>\r\n--r--\r\n";
    let number = site.raw_mail("support", message).await;
    let mut ben = site.logged_in("ben").await;
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    let href = page
        .split("href=\"")
        .find(|part| part.contains("/attachments/0/"))
        .and_then(|part| part.split('"').next())
        .expect("a link")
        .to_owned();
    let reply = ben.get(&href).await;
    assert_eq!(reply.status, 200);
    let disposition = reply.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"") && !disposition.contains(".."),
        "{disposition}"
    );
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert_eq!(
        reply.header("content-security-policy"),
        crate::headers::FILE_POLICY
    );
    assert!(reply.body.contains("<script>alert(1)</script>"));
}

#[tokio::test]
async fn source_download_is_the_mail_as_transmitted() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let source = ben
        .get(&format!("/tickets/{number}/entries/1/source"))
        .await
        .body;
    assert!(
        source.contains("Received: from mx.customer.example")
            && source.contains("Subject: Invoice")
    );
    let file = ben
        .get(&format!("/tickets/{number}/entries/1/message.eml"))
        .await;
    assert!(
        file.body
            .starts_with("From: Mira Hoffmann <mira@customer.example>\r\n"),
        "{}",
        file.body
    );
    assert_eq!(file.header("content-type"), "message/rfc822");
    let headers = ben
        .get(&format!("/tickets/{number}/entries/1/headers"))
        .await
        .body;
    assert!(
        headers.contains("<dt>Received</dt>")
            && headers.contains("<dt>Subject</dt><dd>Invoice</dd>"),
        "{headers}"
    );
}

#[tokio::test]
async fn the_outbox_shows_letters_and_the_journal_shows_mails() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ada = site.logged_in("ada").await;
    let list = ada.get("/outbox").await.body;
    assert!(
        list.contains("acknowledgement")
            && list.contains("held")
            && list.contains("mira@customer.example"),
        "{list}"
    );
    let id = site.desk.letters(None, 1).await.expect("letters").rows[0].id;
    let letter = ada.get(&format!("/outbox/{id}")).await;
    assert_eq!(letter.status, 200);
    assert!(
        letter.body.contains("Auto-Submitted: auto-replied"),
        "{}",
        letter.body
    );
    let source = ada.get(&format!("/outbox/{id}/letter.eml")).await;
    assert_eq!(
        source.bytes.len().to_string(),
        source.header("content-length")
    );
    assert_eq!(ada.get(&format!("/outbox/{id}/source")).await.status, 200);
    let journal = ada.get("/journal").await.body;
    assert!(
        journal.contains("accepted") && journal.contains(&format!("/tickets/{number}")),
        "{journal}"
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
async fn events_name_the_ticket_to_those_who_may_see_it() {
    let site = Site::start().await;
    let ben = site.logged_in("ben").await;
    let mut stream = ben.connect().await;
    stream
        .write_all(
            ben.head("GET", "/events", &[("accept", "text/event-stream")], 0)
                .as_bytes(),
        )
        .await
        .expect("asked");
    let mut heard = String::new();
    read_until(&mut stream, &mut heard, "text/event-stream").await;
    let hidden = site.mail("sales", "Quote", "Please").await;
    let seen = site.mail("support", "Invoice", "Twice!").await;
    read_until(
        &mut stream,
        &mut heard,
        &format!("data: {{\"ticket\":\"{seen}\",\"queues\":true}}"),
    )
    .await;
    assert!(!heard.contains(hidden.as_str()), "{heard}");
}

async fn read_until(stream: &mut tokio::net::TcpStream, heard: &mut String, wanted: &str) {
    let reading = async {
        let mut piece = [0; 1024];
        while !heard.contains(wanted) {
            let read = stream.read(&mut piece).await.expect("the stream");
            assert!(read > 0, "the stream ended: {heard}");
            heard.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(10), reading).await;
    assert!(in_time.is_ok(), "no {wanted}");
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
