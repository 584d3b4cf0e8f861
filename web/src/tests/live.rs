//! The events that keep an open page up to date.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::testing::Site;

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
