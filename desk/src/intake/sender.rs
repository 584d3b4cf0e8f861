//! Who wrote: the first syntactically valid From (FEATURES IN-27), and what we know of them.

use super::Letterbox;
use crate::mail;
use crate::{Desk, EmailAddress, Problem};

#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub name: Option<String>,
    /// None when neither From nor the envelope names anybody.
    pub address: Option<EmailAddress>,
    /// It is one of our own addresses.
    pub is_own: bool,
    /// It is the address of an agent, which on port 25 proves nothing (DESIGN §4).
    pub claims_agent: bool,
}

impl Desk {
    pub(super) async fn sender(&self, at: &Letterbox<'_>) -> Result<Sender, Problem> {
        let named = at.mail.from.iter().find_map(parse);
        let (name, address) = match named {
            Some((name, address)) => (name, Some(address)),
            None => (None, at.arrival.reverse_path.clone()),
        };
        let (is_own, claims_agent) = match &address {
            None => (false, false),
            Some(address) => (
                self.is_own_address(address).await?,
                self.agent_by_email(address).await?.is_some(),
            ),
        };
        Ok(Sender {
            name,
            address,
            is_own,
            claims_agent,
        })
    }
}

/// A header's address as ours, with its name.
pub(super) fn parse(address: &mail::Address) -> Option<(Option<String>, EmailAddress)> {
    let parsed = address.address.as_ref()?.parse().ok()?;
    Some((address.name.clone(), parsed))
}
