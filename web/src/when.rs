//! Times as people read them: how long ago in lists, the day and minute in a
//! conversation, RFC 3339 for machines.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How long ago, in one short word: "now", "4 min", "3 h", "2 d", then the day.
pub fn age(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    // A clock that went back must not show ages below zero.
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..60 => "now".into(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..604_800 => format!("{} d", seconds / 86_400),
        _ => {
            let (then, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
            let format = if then.year() == today.year() {
                "%-d %b"
            } else {
                "%-d %b %Y"
            };
            then.strftime(format).to_string()
        }
    }
}

/// The day and minute; the year only when it is another one.
pub fn minute(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    let then = at.to_zoned(zone.clone());
    if then.year() == now.to_zoned(zone.clone()).year() {
        then.strftime("%a %-d %b, %H:%M").to_string()
    } else {
        full(at, zone)
    }
}

/// "Mon 23 Nov 2026, 14:02"
pub fn full(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%a %-d %b %Y, %H:%M")
        .to_string()
}

pub fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A size as people read it, in powers of ten as file managers show it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ if bytes % 1_000_000 < 100_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A count with its thousands apart.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(now: &str, at: &str, expected: &str) {
        let (now, at) = (now.parse().expect("now"), at.parse().expect("at"));
        assert_eq!(age(now, at, &TimeZone::UTC), expected);
    }

    #[test]
    fn ages_are_short() {
        check("2026-11-23T14:00:00Z", "2026-11-23T14:00:30Z", "now");
        check("2026-11-23T14:00:00Z", "2026-11-23T13:59:01Z", "now");
        check("2026-11-23T14:00:00Z", "2026-11-23T13:59:00Z", "1 min");
        check("2026-11-23T14:00:00Z", "2026-11-23T13:00:00Z", "1 h");
        check("2026-11-23T14:00:00Z", "2026-11-22T13:00:00Z", "1 d");
        check("2026-11-23T14:00:00Z", "2026-11-02T13:00:00Z", "2 Nov");
        check("2026-11-23T14:00:00Z", "2025-11-02T13:00:00Z", "2 Nov 2025");
    }

    #[test]
    fn full_time_is_in_the_zone_of_the_desk() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            full("2026-11-23T23:02:00Z".parse().expect("a time"), &zone),
            "Tue 24 Nov 2026, 01:02"
        );
    }

    #[test]
    fn the_year_stands_only_when_it_is_another() {
        let (now, old) = ("2026-11-23T14:02:00Z", "2025-11-23T14:02:00Z");
        let (now, old) = (now.parse().expect("a time"), old.parse().expect("a time"));
        assert_eq!(minute(now, now, &TimeZone::UTC), "Mon 23 Nov, 14:02");
        assert_eq!(minute(now, old, &TimeZone::UTC), "Sun 23 Nov 2025, 14:02");
    }

    #[test]
    fn sizes_and_counts_are_readable() {
        assert_eq!(
            [size(999), size(1_001), size(25_360_000), size(100_000_000)],
            ["999 B", "2 kB", "25.3 MB", "100 MB"]
        );
        assert_eq!(
            [count(0), count(999), count(1204), count(-1_234_567)],
            ["0", "999", "1,204", "-1,234,567"]
        );
    }
}
