//! Under which name and address a letter leaves (FEATURES OUT-10 to OUT-12).

use crate::{Address, Department, Desk, EmailAddress, Problem, Ticket};

/// What stands in From, and where answers come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub address: EmailAddress,
    pub name: Option<String>,
    pub signature: String,
}

impl Desk {
    /// The department's outgoing address, else the one the ticket came to, else any of the
    /// department's, else any of ours.
    pub(crate) async fn identity(&self, ticket: &Ticket) -> Result<Identity, Problem> {
        let department = self.department(ticket.department).await?;
        let chosen = match department.as_ref().and_then(|d| d.outgoing) {
            Some(id) => self.usable(id).await?,
            None => None,
        };
        let address = match chosen {
            Some(address) => address,
            None => self.fallback(ticket).await?,
        };
        Ok(Identity::of(address, department))
    }

    async fn fallback(&self, ticket: &Ticket) -> Result<Address, Problem> {
        if let Some(address) = self.usable(ticket.address).await?
            && address.department == ticket.department
        {
            return Ok(address);
        }
        let all = self.addresses().await?;
        let active = |address: &&Address| address.active;
        let own = all.iter().filter(active);
        let found = (own.clone().find(|a| a.department == ticket.department))
            .or_else(|| own.clone().find(|a| a.id == ticket.address))
            .or_else(|| own.clone().next());
        found.cloned().ok_or(Problem::invalid(
            "from",
            "the desk has no active address to send from; add one under Admin, Addresses",
        ))
    }

    async fn usable(&self, id: crate::AddressId) -> Result<Option<Address>, Problem> {
        Ok(self.address(id).await?.filter(|address| address.active))
    }
}

impl Identity {
    fn of(address: Address, department: Option<Department>) -> Self {
        let sender_name = department.as_ref().and_then(|d| d.sender_name.clone());
        let name = sender_name.or(Some(address.name)).filter(|n| !n.is_empty());
        Self {
            address: address.email,
            name,
            signature: department.map(|d| d.signature).unwrap_or_default(),
        }
    }
}
