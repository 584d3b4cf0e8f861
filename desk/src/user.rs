//! Users: the people who write to us, one record each however many addresses they use.

use crate::{Desk, EmailAddress, Moment, Party, Problem, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{Batch, Record};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub name: Option<String>,
    pub addresses: Vec<EmailAddress>,
    pub created: Timestamp,
}

impl Record for User {
    const SCHEMA: u16 = 1;
}

impl Desk {
    pub async fn user(&self, id: UserId) -> Result<Option<User>, Problem> {
        let row = self.tables.users.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    pub async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<UserId>, Problem> {
        let row = self.tables.user_by_email.get(self.store(), email).await?;
        Ok(row.map(|row| row.value))
    }

    /// The user behind an address, made in `batch` when there is none yet. Two changes that make
    /// the same one conflict, and the second then finds the first one's.
    pub(crate) async fn find_or_make_user(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        name: Option<&str>,
        address: &EmailAddress,
    ) -> Result<Party, Problem> {
        let user = match self.user_by_email(address).await? {
            Some(user) => user,
            None => {
                let user = User {
                    id: moment.id(),
                    name: name.map(str::to_owned),
                    addresses: vec![address.clone()],
                    created: moment.now,
                };
                self.tables.users.insert(batch, &user.id, &user);
                (self.tables.user_by_email).insert(batch, address, &user.id);
                user.id
            }
        };
        Ok(Party {
            user: Some(user),
            name: name.map(str::to_owned),
            address: Some(address.clone()),
        })
    }
}
