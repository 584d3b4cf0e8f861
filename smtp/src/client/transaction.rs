//! One message over an open connection, with a result for each recipient. One
//! refused recipient never stops the others.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::data::{END, Stuffer};
use super::outcome::{Delivery, Outcome};
use super::{Connection, Failure, Stage};
use crate::{Mailbox, Reply, ReversePath, reply};

/// Commands sent in one go: few enough that neither side's buffers fill up
/// while the other still writes (RFC 2920 3.1).
const GROUP: usize = 50;
const CHUNK: usize = 32 << 10;

impl Connection {
    /// Sends one message to all recipients: an outcome for each, in order.
    /// `message` must give exactly `size` bytes; otherwise nothing is delivered.
    ///
    /// An error says that the message as a whole got nowhere, except
    /// `Failure::AfterData`: then nobody knows. After an error of kind
    /// `Refused` the connection can be used again.
    pub async fn send<R>(
        &mut self,
        from: &ReversePath,
        to: &[Mailbox],
        message: R,
        size: u64,
    ) -> Result<Vec<Outcome>, Failure>
    where
        R: AsyncRead + Unpin + Send,
    {
        if to.is_empty() {
            return Ok(Vec::new());
        }
        let result = self.transact(from, to, message, size).await;
        if !matches!(result, Ok(_) | Err(Failure::Refused { .. })) {
            // Neither side knows where the other stands: nothing may follow.
            self.abandon();
        }
        result
    }

    async fn transact<R>(
        &mut self,
        from: &ReversePath,
        to: &[Mailbox],
        message: R,
        size: u64,
    ) -> Result<Vec<Outcome>, Failure>
    where
        R: AsyncRead + Unpin + Send,
    {
        self.begin(size).await?;
        let answers = self.envelope(from, to, size).await?;
        let accepted = answers.iter().any(Reply::is_positive);
        let verdict = match accepted {
            true => Some(self.content(message, size).await?),
            false => None,
        };
        // RFC 5321 4.1.1.4: only a mail that was taken surely ends the transaction.
        self.unfinished = !verdict.as_ref().is_some_and(Reply::is_positive);
        Ok(outcomes(to, answers, verdict))
    }

    async fn begin(&mut self, size: u64) -> Result<(), Failure> {
        if std::mem::replace(&mut self.unfinished, true) {
            let reply = self.command("RSET\r\n", Stage::Reset).await?;
            if !reply.is_positive() {
                return Err(Failure::Refused {
                    stage: Stage::Reset,
                    reply,
                });
            }
        }
        match self.offers.size {
            // RFC 1870 5: not worth a byte.
            Some(most) if most > 0 && size > most => Err(Failure::Refused {
                stage: Stage::Mail,
                reply: reply::too_big(),
            }),
            _ => Ok(()),
        }
    }

    /// MAIL and RCPT; one reply per recipient.
    async fn envelope(
        &mut self,
        from: &ReversePath,
        to: &[Mailbox],
        size: u64,
    ) -> Result<Vec<Reply>, Failure> {
        let mut commands = vec![self.mail(from, size)];
        commands.extend(to.iter().map(|to| format!("RCPT TO:<{to}>\r\n")));
        // RFC 2920 3.1: groups only with servers that offer it.
        let group = if self.offers.pipelining { GROUP } else { 1 };
        let mut replies: Vec<Reply> = Vec::with_capacity(commands.len());
        for group in commands.chunks(group) {
            self.write(
                group.concat().as_bytes(),
                Stage::Mail,
                self.timeouts.command,
            )
            .await?;
            for _ in group {
                let stage = if replies.is_empty() {
                    Stage::Mail
                } else {
                    Stage::Rcpt
                };
                replies.push(self.reply(stage, self.timeouts.command).await?);
            }
            if !replies[0].is_positive() {
                let reply = replies.swap_remove(0);
                return Err(Failure::Refused {
                    stage: Stage::Mail,
                    reply,
                });
            }
        }
        replies.remove(0);
        Ok(replies)
    }

    fn mail(&self, from: &ReversePath, size: u64) -> String {
        let size = self
            .offers
            .size
            .map(|_| format!(" SIZE={size}"))
            .unwrap_or_default();
        let body = if self.offers.eight_bit {
            " BODY=8BITMIME"
        } else {
            ""
        };
        format!("MAIL FROM:{from}{size}{body}\r\n")
    }

    /// DATA and the message: the verdict for all accepted recipients.
    async fn content<R: AsyncRead + Unpin>(
        &mut self,
        message: R,
        size: u64,
    ) -> Result<Reply, Failure> {
        self.write(b"DATA\r\n", Stage::Data, self.timeouts.command)
            .await?;
        let start = self.reply(Stage::Data, self.timeouts.data_start).await?;
        match start.code {
            354 => {}
            _ if start.is_positive() => {
                let detail = format!("DATA was answered with {}", start.code);
                return Err(Failure::Protocol {
                    stage: Stage::Data,
                    detail,
                });
            }
            _ => return Ok(start),
        }
        match self.stream(message, size).await {
            // RFC 5321 4.2.5: a server may give up in the middle; why it did is the answer.
            Err(failure @ Failure::Protocol { .. }) => self.last_words().await.ok_or(failure),
            Err(failure) => Err(failure),
            Ok(()) => self.finish().await,
        }
    }

    async fn stream<R: AsyncRead + Unpin>(
        &mut self,
        mut message: R,
        size: u64,
    ) -> Result<(), Failure> {
        let unreadable = |error: &dyn std::fmt::Display| Failure::Message(error.to_string());
        let (mut stuffer, mut chunk, mut out) = (Stuffer::default(), vec![0; CHUNK], Vec::new());
        let mut sent = 0u64;
        loop {
            let count = message.read(&mut chunk).await.map_err(|e| unreadable(&e))?;
            if count == 0 {
                break;
            }
            sent += count as u64;
            out.clear();
            stuffer.feed(&chunk[..count], &mut out);
            self.write(&out, Stage::Data, self.timeouts.data_block)
                .await?;
        }
        // A mail cut short by a damaged file must not look complete.
        if sent != size {
            return Err(unreadable(&format!(
                "it has {sent} bytes instead of {size}"
            )));
        }
        out.clear();
        stuffer.finish(&mut out);
        self.write(&out, Stage::Data, self.timeouts.data_block)
            .await
    }

    /// The final dot. From here on silence means that nobody knows.
    async fn finish(&mut self) -> Result<Reply, Failure> {
        let unknown = |failure: Failure| Failure::AfterData(failure.to_string());
        if let Err(failure) = self
            .write(END, Stage::EndOfData, self.timeouts.data_block)
            .await
        {
            return self.last_words().await.ok_or(unknown(failure));
        }
        let reply = self
            .reply(Stage::EndOfData, self.timeouts.data_end)
            .await
            .map_err(unknown)?;
        match reply.code {
            300..400 => Err(Failure::AfterData(format!(
                "unexpected reply {}",
                reply.code
            ))),
            _ => Ok(reply),
        }
    }

    /// What the server said before it stopped listening, if it was a refusal.
    async fn last_words(&mut self) -> Option<Reply> {
        let reply = self.reply(Stage::Data, Duration::from_secs(5)).await.ok()?;
        (!reply.is_positive()).then_some(reply)
    }
}

fn outcomes(to: &[Mailbox], answers: Vec<Reply>, verdict: Option<Reply>) -> Vec<Outcome> {
    let result = |answer: Reply| match &verdict {
        Some(verdict) if answer.is_positive() => Delivery::of(verdict.clone()),
        _ => Delivery::of_recipient(answer),
    };
    let outcome = |(to, answer): (&Mailbox, Reply)| Outcome {
        recipient: to.clone(),
        result: result(answer),
    };
    to.iter().zip(answers).map(outcome).collect()
}
