//! Replies and notes: with files, against newer entries, with nothing in them.

use super::ticket::token;
use crate::testing::Site;

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
