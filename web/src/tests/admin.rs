//! The settings: every edit form, opened and sent back as a browser would,
//! changes nothing.

use crate::testing::{Browser, PASSWORD, Reply, Site};

/// What a browser would send for the form on this page that goes to `action`.
fn as_sent(page: &Reply, action: &str) -> Vec<(String, String)> {
    let form = page
        .body
        .split("<form")
        .find(|form| form.contains(&format!("action=\"{action}\"")))
        .expect("the form");
    let form = form.split("</form>").next().expect("its end");
    let mut pairs = Vec::new();
    for tag in form.split('<').skip(1) {
        let (inside, text) = tag.split_once('>').unwrap_or((tag, ""));
        let attribute = |name: &str| {
            inside
                .split(&format!(" {name}=\""))
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .map(unescaped)
        };
        let name = attribute("name");
        match (inside.split([' ', '/']).next(), name) {
            (Some("input"), Some(name)) => {
                let kind = attribute("type").unwrap_or_default();
                if kind != "checkbox" || inside.contains(" checked") {
                    pairs.push((name, attribute("value").unwrap_or_default()));
                }
            }
            // A browser drops the line end behind the tag.
            (Some("textarea"), Some(name)) => pairs.push((
                name,
                unescaped(text.strip_prefix('\n').unwrap_or(text)).replace('\n', "\r\n"),
            )),
            (Some("select"), Some(name)) => pairs.push((name, String::new())),
            (Some("option"), _) if inside.contains(" selected") => {
                pairs.last_mut().expect("a select").1 = attribute("value").unwrap_or_default();
            }
            _ => {}
        }
    }
    pairs
}

fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

async fn send(browser: &mut Browser, path: &str, pairs: &[(String, String)]) -> Reply {
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(path, &pairs).await
}

async fn stored(site: &Site) -> String {
    let (departments, addresses) = (
        site.desk.departments().await.expect("departments"),
        site.desk.addresses().await.expect("addresses"),
    );
    format!(
        "{departments:?} {addresses:?} {:?}",
        site.desk.agents().await.expect("agents")
    )
}

#[tokio::test]
async fn every_edit_form_sent_back_changes_nothing() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let address = site.desk.addresses().await.expect("addresses")[0].id;
    // A record with every field filled, and with what would break a form.
    let token = ada.get("/profile").await.token();
    let path = format!("/admin/departments/{}", site.support);
    let filled = [
        ("csrf", token.as_str()),
        ("name", "R&D <\"it's\">"),
        ("outgoing", &address.to_string()),
        ("sender_name", "R&D"),
        ("signature", "One\r\n\r\n  Two <b>"),
        ("active", "on"),
    ];
    assert_eq!(ada.post(&path, &filled).await.status, 303);
    let before = stored(&site).await;
    let records = [
        ("/admin/departments", site.support.to_string()),
        ("/admin/departments", site.sales.to_string()),
        ("/admin/addresses", address.to_string()),
        ("/admin/agents", site.ada.id.to_string()),
        ("/admin/agents", site.ben.id.to_string()),
    ];
    for (screen, id) in records {
        let path = format!("{screen}/{id}");
        let page = ada.get(&path).await;
        let pairs = as_sent(&page, &path);
        assert!(pairs.len() > 3, "{pairs:?}");
        let reply = send(&mut ada, &path, &pairs).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, format!("{screen}?done=saved").as_str()),
            "{}",
            reply.body
        );
        assert_eq!(stored(&site).await, before, "{path} sent {pairs:?}");
    }
}

#[tokio::test]
async fn records_are_added_switched_and_deleted() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let reply = ada
        .post(
            "/admin/departments/new",
            &[("csrf", &token), ("name", "Press"), ("active", "on")],
        )
        .await;
    assert_eq!(reply.header("location"), "/admin/departments?done=added");
    let press = site
        .desk
        .departments()
        .await
        .expect("departments")
        .into_iter()
        .find(|one| one.name == "Press")
        .expect("Press");
    assert!(press.active && !press.acknowledge);
    let path = format!("/admin/departments/{}", press.id);
    assert_eq!(
        ada.post(&format!("{path}/switch"), &[("csrf", &token)])
            .await
            .header("location"),
        "/admin/departments?done=disabled"
    );
    assert!(
        !site
            .desk
            .department(press.id)
            .await
            .expect("read")
            .expect("Press")
            .active
    );
    assert_eq!(
        ada.post(&format!("{path}/switch"), &[("csrf", &token)])
            .await
            .header("location"),
        "/admin/departments?done=enabled"
    );
    assert!(
        ada.get(&format!("{path}/delete"))
            .await
            .body
            .contains("Delete Press?")
    );
    assert!(
        site.desk
            .department(press.id)
            .await
            .expect("read")
            .is_some(),
        "asking deletes nothing"
    );
    assert_eq!(
        ada.post(&format!("{path}/delete"), &[("csrf", &token)])
            .await
            .header("location"),
        "/admin/departments?done=deleted"
    );
    assert!(
        site.desk
            .department(press.id)
            .await
            .expect("read")
            .is_none()
    );
}

#[tokio::test]
async fn a_record_in_use_is_kept_and_the_page_says_why() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let reply = ada
        .post(
            &format!("/admin/departments/{}/delete", site.support),
            &[("csrf", &token)],
        )
        .await;
    assert_eq!(reply.status, 422);
    assert!(
        reply
            .body
            .contains("support@desk.example brings its mail here"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn a_form_with_problems_comes_back_with_them_beside_the_fields() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let reply = ada
        .post(
            "/admin/agents/new",
            &[
                ("csrf", &token),
                ("name", ""),
                ("login", "a b"),
                ("email", "nobody"),
                ("password", PASSWORD),
                ("active", "on"),
            ],
        )
        .await;
    assert_eq!(reply.status, 422);
    for field in ["name", "login", "email"] {
        let more = reply
            .body
            .split(&format!("id=\"field-{field}-more\""))
            .nth(1)
            .expect("a line");
        assert!(
            more.starts_with("><strong class=\"problem\">"),
            "{field}: {more:.80}"
        );
    }
    assert!(reply.body.contains("value=\"a b\"") && !reply.body.contains(PASSWORD));
    let reply = ada
        .post(
            "/admin/addresses/new",
            &[
                ("csrf", &token),
                ("email", "x@desk.example"),
                ("department", "nonsense"),
            ],
        )
        .await;
    assert!(reply.body.contains("Choose a department"), "{}", reply.body);
}

#[tokio::test]
async fn an_admin_cannot_lock_themselves_out() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    let reply = ada
        .post(
            &format!("/admin/agents/{}/switch", site.ada.id),
            &[("csrf", &token)],
        )
        .await;
    assert_eq!(reply.status, 422);
    assert!(
        reply.body.contains("cannot take your own access away"),
        "{}",
        reply.body
    );
    assert_eq!(ada.get("/admin/agents").await.status, 200);
}

#[tokio::test]
async fn agents_are_disabled_and_never_deleted() {
    let site = Site::start().await;
    let mut ada = site.logged_in("ada").await;
    let token = ada.get("/profile").await.token();
    assert!(!ada.get("/admin/agents").await.body.contains("/delete"));
    assert_eq!(
        ada.post(
            &format!("/admin/agents/{}/delete", site.ben.id),
            &[("csrf", &token)]
        )
        .await
        .status,
        404
    );
}
