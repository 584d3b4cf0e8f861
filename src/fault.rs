//! How a command ends when it cannot do what was asked: one line that names the remedy, and an
//! exit code of sysexits(3), which mail servers and service managers know how to read.

use std::fmt;

use config::ConfigError;
use desk::Problem;
use storage::OpenError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub exit: Exit,
    pub line: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command line is wrong.
    Usage = 64,
    /// What was handed in is wrong: a file, a number, a mail.
    Input = 65,
    /// Nobody here takes mail for this address.
    NoUser = 67,
    /// Something this needs is not there: an address to listen on, a server.
    Unavailable = 69,
    /// Our own mistake.
    Internal = 70,
    /// It may work a little later.
    Temporary = 75,
    NoPermission = 77,
    Configuration = 78,
}

impl Fault {
    pub fn new(exit: Exit, line: impl Into<String>) -> Fault {
        let line = line.into();
        // Text of a library or a peer may hold line ends; ours is one line.
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        Fault { exit, line }
    }

    pub fn usage(line: impl Into<String>) -> Fault {
        Fault::new(Exit::Usage, line)
    }

    pub fn input(line: impl Into<String>) -> Fault {
        Fault::new(Exit::Input, line)
    }

    pub fn unavailable(line: impl Into<String>) -> Fault {
        Fault::new(Exit::Unavailable, line)
    }

    pub fn temporary(line: impl Into<String>) -> Fault {
        Fault::new(Exit::Temporary, line)
    }

    pub fn configuration(line: impl Into<String>) -> Fault {
        Fault::new(Exit::Configuration, line)
    }
}

impl Exit {
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The exit that a running server named, or an internal one for a number we do not know.
    pub fn of(code: u8) -> Exit {
        let known = [
            Exit::Usage,
            Exit::Input,
            Exit::NoUser,
            Exit::Unavailable,
            Exit::Temporary,
            Exit::NoPermission,
            Exit::Configuration,
        ];
        let found = known.into_iter().find(|exit| exit.code() == code);
        found.unwrap_or(Exit::Internal)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Fault {
        Fault::configuration(error.to_string())
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Fault {
        let exit = match &error {
            OpenError::Locked { .. } | OpenError::DiskFull { .. } => Exit::Temporary,
            OpenError::Permission { .. } => Exit::NoPermission,
            OpenError::Newer { .. } | OpenError::WrongEngine { .. } => Exit::Configuration,
            OpenError::NotADirectory { .. } | OpenError::Missing { .. } => Exit::Input,
            OpenError::LostData { .. } => Exit::Input,
            OpenError::Engine(_) | OpenError::Io { .. } => Exit::Unavailable,
        };
        Fault::new(exit, error.to_string())
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        match &problem {
            Problem::Busy | Problem::TooMany { .. } => Fault::temporary(problem.to_string()),
            Problem::Forbidden => Fault::new(Exit::NoPermission, problem.to_string()),
            Problem::Store(why) => Fault::temporary(format!("{problem}: {why}; try again")),
            _ => Fault::input(problem.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line() {
        let fault = Fault::input("first\r\n  second\n");
        assert_eq!(fault.to_string(), "first second");
    }

    #[test]
    fn an_exit_survives_the_control_socket() {
        for exit in [Exit::Usage, Exit::NoUser, Exit::Temporary, Exit::Internal] {
            assert_eq!(Exit::of(exit.code()), exit);
        }
        assert_eq!(Exit::of(1), Exit::Internal);
    }
}
