//! The limit on open files. Each connection is one, and the usual soft limit of 1,024 is below the
//! 2,500 connections that the listener takes; a program may raise it to the hard limit by itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit as far as it is of use and the system lets us.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let reachable = limit.maximum.map_or(ENOUGH, |hard| hard.min(ENOUGH));
    if limit.current.is_some_and(|soft| soft < reachable) {
        let raised = Rlimit {
            current: Some(reachable),
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the limit on open files could not be raised");
        }
    }
    if let Some(files) = getrlimit(Resource::Nofile)
        .current
        .filter(|files| *files < NEEDED)
    {
        tracing::warn!(
            files,
            "few files may be open at once; raise LimitNOFILE to take more mail"
        );
    }
}

/// Every connection of the listener, the pages' and the store's own files.
const NEEDED: u64 = 4_096;
const ENOUGH: u64 = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_never_lowered() {
        let before = getrlimit(Resource::Nofile);
        raise_open_files();
        let after = getrlimit(Resource::Nofile);
        assert_eq!(after.maximum, before.maximum);
        let hard = after.maximum.unwrap_or(ENOUGH);
        assert!(
            after.current.is_none_or(|soft| soft >= hard.min(ENOUGH)),
            "{after:?}"
        );
        assert!(
            after
                .current
                .is_none_or(|soft| Some(soft) >= before.current),
            "{after:?}"
        );
    }
}
