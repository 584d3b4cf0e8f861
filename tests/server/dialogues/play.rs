//! Plays a dialogue. The steps that the test itself does:
//!
//! ```text
//! = connect                  another connection, in place of the one before
//! = closed                   the server has nothing more to say and closes
//! = later 4h                 the clock is turned
//! = ticket lamp ann@customer.example Broken lamp
//!                            a first mail <lamp@customer.example>; keeps ${lamp}, its number
//! = answer lamp Try this.    ben answers; keeps ${lamp.answer}, the Message-ID, ${lamp.reply}, the
//!                            Reply-To address, ${lamp.bounce}, the envelope sender, ${lamp.mark}
//! = receipt lamp             the same of the acknowledgement, as ${lamp.receipt.answer} and so on
//! = close lamp               ben closes the ticket
//! ```

use desk::letter::{Letter, LetterKind};
use jiff::SignedDuration;
use regex::Regex;

use super::script::{Kept, Step, step};
use crate::harness::{Client, Mail, Server, header};

pub struct Player<'a> {
    server: &'a Server,
    title: &'a str,
    client: Option<Client>,
    kept: Kept,
}

impl<'a> Player<'a> {
    pub fn new(server: &'a Server, title: &'a str) -> Player<'a> {
        Player {
            server,
            title,
            client: None,
            kept: Kept::new(),
        }
    }

    pub async fn play(&mut self, file: &str, script: &str) {
        let mut packet = Vec::new();
        for (at, line) in script.lines().enumerate() {
            let place = format!("{}, line {} of {file}", self.title, at + 1);
            let step = step(line, &self.kept);
            if let Some(Step::Client(bytes)) = step {
                packet.extend(bytes);
                continue;
            }
            if step.is_some() && !packet.is_empty() {
                let sent = self.client().await.send(&packet).await;
                sent.unwrap_or_else(|error| panic!("{place}: {error}"));
                packet.clear();
            }
            match step {
                None | Some(Step::Client(_)) => {}
                Some(Step::Server { pattern, whole }) => self.hear(&place, &pattern, whole).await,
                Some(Step::Act(words)) => self.act(&place, &words).await,
            }
        }
        assert!(
            packet.is_empty(),
            "{}: the last word is the server's",
            self.title
        );
    }

    async fn client(&mut self) -> &mut Client {
        if self.client.is_none() {
            let client = Client::dial(self.server.smtp).await;
            self.client = Some(client.expect("the server listens"));
        }
        self.client.as_mut().expect("connected above")
    }

    async fn hear(&mut self, place: &str, pattern: &Regex, whole: bool) {
        let client = self.client().await;
        let said = match whole {
            true => client.reply().await.map(Some),
            false => client.line().await,
        };
        let said = said.unwrap_or_else(|error| panic!("{place}: {error}"));
        let said = said.unwrap_or_else(|| panic!("{place}: the server closed the connection"));
        let last = said.rsplit('\n').next().unwrap_or_default();
        let found = pattern.captures(last);
        let found = found.unwrap_or_else(|| panic!("{place}: the server said {said}"));
        for name in pattern.capture_names().flatten() {
            let value = found.name(name).map_or("", |value| value.as_str());
            self.kept.insert(name.to_owned(), value.to_owned());
        }
    }

    async fn act(&mut self, place: &str, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["connect"] => self.client = None,
            ["closed"] => {
                let rest = self.client().await.rest().await;
                assert_eq!(rest.ok().as_deref(), Some(""), "{place}: there is more");
                self.client = None;
            }
            ["later", span] => {
                let span: SignedDuration = span.parse().expect("a span of time");
                self.server.clock.pass(span);
            }
            ["ticket", name, from, ref subject @ ..] => {
                let mail = Mail::new(name, from, &subject.join(" "));
                let number = self.server.client().await.ticket(&mail).await;
                self.kept.insert(name.to_owned(), number);
            }
            ["answer", name, ref text @ ..] => {
                let letter = self.server.answer(&self.kept[name], &text.join(" ")).await;
                self.keep_letter(name, &letter).await;
            }
            ["receipt", name] => {
                let number = &self.kept[name];
                let letters = self.server.letters().await;
                let of_ticket = |letter: &&Letter| {
                    letter.kind == LetterKind::Acknowledgement && letter.number.as_str() == number
                };
                let letter = letters.iter().find(of_ticket).expect("a receipt");
                self.keep_letter(&format!("{name}.receipt"), letter).await;
            }
            ["close", name] => self.server.close(&self.kept[name]).await,
            _ => panic!("{place}: what is {words:?}?"),
        }
    }

    async fn keep_letter(&mut self, name: &str, letter: &Letter) {
        let text = self.server.source(letter).await;
        let reply = header(&text, "Reply-To").unwrap_or_default();
        let reply = reply
            .rsplit('<')
            .next()
            .unwrap_or_default()
            .trim_end_matches('>');
        let bounce = letter.reverse_path.as_ref().map(ToString::to_string);
        for (what, value) in [
            ("answer", letter.message_id.clone()),
            ("reply", reply.to_owned()),
            ("bounce", bounce.unwrap_or_default()),
            ("mark", header(&text, "X-Maildesk-Loop").unwrap_or_default()),
        ] {
            self.kept.insert(format!("{name}.{what}"), value);
        }
    }
}
