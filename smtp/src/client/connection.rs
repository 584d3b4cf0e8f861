//! An open connection.
use super::{Failure, Route};

#[derive(Debug)]
pub struct Connection {}

impl Connection {
    pub async fn open(_route: &Route) -> Result<Self, Failure> {
        Ok(Self {})
    }
    pub async fn quit(self) {}
}
