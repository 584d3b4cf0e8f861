//! What a mail holds beyond its entry: the HTML, the header lines, the attachments; all read from
//! the raw message, which is the record.

use crate::mail::decode::decoder;
use crate::mail::{self, Attachment, Mail};
use crate::ticket::Mailed;
use crate::{Desk, Problem};
use std::io::{BufReader, Read, Seek, SeekFrom};
use storage::{BlobId, BlobReader};

/// A mail's HTML, made safe to show in a sandboxed frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml {
    pub html: String,
    /// Remote images that were taken out.
    pub blocked_images: usize,
}

impl Desk {
    /// The raw message exactly as transmitted.
    pub async fn raw(&self, blob: &BlobId) -> Result<Option<BlobReader>, Problem> {
        Ok(self.store().blobs().open(blob).await?)
    }

    /// The mail's HTML, if it has any that can be made safe. `part_url` gives the address of the
    /// attachment with the given index, for images that the text refers to by Content-ID.
    pub async fn message_html(
        &self,
        mailed: &Mailed,
        part_url: impl Fn(usize) -> String + Send + 'static,
    ) -> Result<Option<SafeHtml>, Problem> {
        let parts = mailed.attachments.clone();
        let work = move |mail: Mail| {
            let by_cid = |cid: &str| {
                let index = parts.iter().position(|p| p.cid.as_deref() == Some(cid))?;
                Some(part_url(index))
            };
            let safe = mail::html::safe(mail.html.as_deref()?, &by_cid)?;
            Some(SafeHtml {
                html: safe.html,
                blocked_images: safe.blocked_images,
            })
        };
        Ok(self.reread(mailed, work).await?.flatten())
    }

    /// The decoded header fields, in order.
    pub async fn message_headers(&self, mailed: &Mailed) -> Result<Vec<(String, String)>, Problem> {
        let headers = self.reread(mailed, |mail| mail.headers).await?;
        Ok(headers.unwrap_or_default())
    }

    /// One attachment, decoded as it is read.
    pub async fn attachment(
        &self,
        mailed: &Mailed,
        index: usize,
    ) -> Result<Option<(Attachment, Box<dyn Read + Send>)>, Problem> {
        let Some(found) = mailed.attachments.get(index).cloned() else {
            return Ok(None);
        };
        let Some(mut raw) = self.raw(&mailed.raw).await? else {
            return Ok(None);
        };
        raw.seek(SeekFrom::Start(found.start))?;
        let reader = decoder(raw.take(found.length), found.encoding);
        Ok(Some((found, Box::new(reader))))
    }

    async fn reread<T: Send + 'static>(
        &self,
        mailed: &Mailed,
        work: impl FnOnce(Mail) -> T + Send + 'static,
    ) -> Result<Option<T>, Problem> {
        let Some(raw) = self.raw(&mailed.raw).await? else {
            return Ok(None);
        };
        let task = tokio::task::spawn_blocking(move || work(mail::read(&mut BufReader::new(raw))));
        task.await
            .map(Some)
            .map_err(|error| Problem::Store(format!("reading a message failed: {error}")))
    }
}
