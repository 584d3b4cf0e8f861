//! What was measured, as the Markdown that the documentation keeps.

use std::fmt;

#[derive(Default)]
pub struct Table {
    figures: Vec<(String, String)>,
    throughput: Vec<Vec<String>>,
    sizes: Vec<Vec<String>>,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    /// What kind of machine this is.
    pub fn machine(&mut self) {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let model = read("/proc/cpuinfo");
        let model = model.lines().find_map(|l| l.strip_prefix("model name"));
        let model = model.map_or("unknown", |m| m.trim_start_matches([' ', '\t', ':']));
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        self.figure("processor", format!("{model}, {cores} cores"));
        let memory = read("/proc/meminfo");
        let total = memory.lines().next().unwrap_or_default();
        self.figure("memory", total.replace("MemTotal:", "").trim().to_owned());
        let kernel = read("/proc/sys/kernel/osrelease");
        self.figure("kernel", kernel.trim().to_owned());
    }

    pub fn figure(&mut self, name: &str, value: String) {
        eprintln!("{name}: {value}");
        self.figures.push((name.to_owned(), value));
    }

    pub fn throughput(&mut self, row: Vec<String>) {
        eprintln!("{}", row.join(" | "));
        self.throughput.push(row);
    }

    pub fn size(&mut self, row: Vec<String>) {
        eprintln!("{}", row.join(" | "));
        self.sizes.push(row);
    }
}

const THROUGHPUT: [&str; 10] = [
    "connections",
    "sled: mails/s",
    "p99",
    "over fdatasync",
    "over Postfix",
    "redb: mails/s",
    "p99",
    "over fdatasync",
    "over Postfix",
    "Postfix: mails/s",
];
const SIZES: [&str; 8] = [
    "engine",
    "tickets",
    "queue page",
    "ticket page",
    "start",
    "memory at rest",
    "more under a 50 MiB mail",
    "disk",
];

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_rows(f, &THROUGHPUT, &self.throughput)?;
        writeln!(f)?;
        write_rows(f, &SIZES, &self.sizes)?;
        writeln!(f)?;
        for (name, value) in &self.figures {
            writeln!(f, "- {name}: {value}")?;
        }
        Ok(())
    }
}

fn write_rows(f: &mut fmt::Formatter<'_>, head: &[&str], rows: &[Vec<String>]) -> fmt::Result {
    writeln!(f, "| {} |", head.join(" | "))?;
    writeln!(f, "|{}", "---|".repeat(head.len()))?;
    for row in rows {
        writeln!(f, "| {} |", row.join(" | "))?;
    }
    Ok(())
}
