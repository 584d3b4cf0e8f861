//! The line that introduces a quote: "On Monday, Ann wrote:", in the languages of mail programs.

use std::sync::LazyLock;

use regex::Regex;

use crate::mail::clean;

/// Where the attribution starts that ends with these lines; it may be broken over several.
pub fn above(lines: &[&str]) -> Option<usize> {
    let last = lines.len().checked_sub(1)?;
    if !ends(lines[last]) {
        return None;
    }
    for at in (last.saturating_sub(LINES - 1)..=last).rev() {
        if lines[at].trim().is_empty() {
            return None;
        }
        if is_attribution(&joined(&lines[at..])) && (at == last || opens(lines[at])) {
            return Some(whole(lines, at));
        }
    }
    None
}

/// The first line of it may be one further up: "On Mon, 3 Mar 2025 Ann" / "<ann@x.example> wrote:".
fn whole(lines: &[&str], at: usize) -> usize {
    let earliest = at.saturating_sub(LINES - 1);
    let above = (earliest..at)
        .rev()
        .take_while(|up| !lines[*up].trim().is_empty());
    let first = above
        .filter(|up| opens(lines[*up]) && has_digit(lines[*up]))
        .last();
    match first {
        Some(up) if !opens(lines[at]) => up,
        _ => at,
    }
}

/// Whether an attribution starts here that is sure even without quote marks below it.
pub fn unquoted(lines: &[&str]) -> bool {
    if !lines
        .first()
        .is_some_and(|line| opens(line) && has_digit(line))
    {
        return false;
    }
    (1..=LINES.min(lines.len())).any(|count| {
        let text = joined(&lines[..count]);
        let below = lines[count..].iter().find(|line| !line.trim().is_empty());
        // With quote marks below, the quote itself says where it ends.
        let plain = below.is_some_and(|line| !line.trim_start().starts_with('>'));
        is_attribution(&text) && plain && ADDRESS_OR_TIME.is_match(&text)
    })
}

fn ends(line: &str) -> bool {
    line.trim_end().ends_with([':', '：'])
}

fn joined(lines: &[&str]) -> String {
    let cut = |line: &&str| line.trim().chars().take(LONGEST).collect::<String>();
    lines.iter().map(cut).collect::<Vec<_>>().join(" ")
}

fn is_attribution(text: &str) -> bool {
    if ADDRESSED.is_match(text) && opens(text) && has_digit(text) {
        return true;
    }
    let Some(found) = WROTE.captures(text) else {
        return false;
    };
    // "As I wrote in my letter, two points:" is a sentence; programs name a date or an address.
    let behind = found.name("behind").map_or("", |behind| behind.as_str());
    behind.trim().is_empty() || has_digit(text) || text.contains('@')
}

fn opens(line: &str) -> bool {
    OPENS.is_match(clean::cut(line, LONGEST))
}

fn has_digit(line: &str) -> bool {
    line.chars().any(|c| c.is_ascii_digit())
}

const LINES: usize = 4;
const LONGEST: usize = 300;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are right, a test compiles them")
}

/// Who wrote; the verb stands before or behind the name, the colon is last.
static WROTE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) (?: ^ | [\s>,)\]] )
        (?: wrote | writes | said
          | schrieb | schrieben | geschrieben
          | a\ écrit | a\ ecrit | écrit | écrivait
          | escribió | escribio | va\ escriure
          | ha\ scritto | scrisse
          | schreef | het\ volgende\ geschreven
          | escreveu
          | napisał(?:\(a\)|a|/a)? | pisze
          | skrev | skrifaði | kirjoitti | kirjutas
          | написал(?:\(а\)|а)? | пишет | писал(?:а)? | написав | пише | написа
          | napsal(?:\(a\)|a)? | napísal(?:\(a\)|a)? | je\ napisa[lo](?:\(a\)|a)? | piše
          | írta | yazdı | a\ scris | έγραψε | rakstīja | rašė
          | đã\ viết | menulis | كتب | כתב(?:ה)? | เขียนว่า
          | 写道 | 寫道 | 書きました | 작성 )
        (?P<behind> [^\n]{0,160} ) [:：] \s* $
        | (?: 写道 | 寫道 | のメール | 작성 | 님이\ 작성) \s* [:：] \s* $",
    )
});

/// How such a line begins.
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) ^ \s* (?: On | Am | Le | El | Il | Op | Em | No\ dia | W\ dniu | Dnia | Den | D\. | På | Ti | Pe
          | Em\ | La | În | Dne | Dňa | Dana | Dne: | V | В | На | Vào | Pada | Στις | Kl\. | בתאריך | في | 在 | 于 | 於
          | (?: Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So|lun|mar|mer|jeu|ven|sam|dim|pon|wt|śr|czw|pt|sob|niedz
              |man|tir|ons|tor|fre|lør|søn|mån|tis|lör|sön|пн|вт|ср|чт|пт|сб|вс )[a-zа-яäöüéèáí]{0,8}[\ ,.]
          | \d{4}[-/.年]\d{1,2} | \d{1,2}[./]\d{1,2}[./]\d{2,4} ) (?: [\s\d,.:年] | $ )",
    )
});

/// Russian programs leave the verb out.
static ADDRESSED: LazyLock<Regex> = LazyLock::new(|| regex(r"<[^\s<>@]+@[^\s<>@]+>\s*:\s*$"));

static ADDRESS_OR_TIME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[^\s@]+@[^\s@]+|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_languages_attribute() {
        for line in [
            "On Mon, Mar 3, 2025 at 10:12 AM Ann Lee <ann@x.example> wrote:",
            "Am 03.03.2025 um 10:12 schrieb Ann Lee <ann@x.example>:",
            "Am Mo., 3. März 2025 um 10:12 Uhr schrieb Ann <ann@x.example>:",
            "Le lun. 3 mars 2025 à 10:12, Ann <ann@x.example> a écrit :",
            "El lun, 3 mar 2025 a las 10:12, Ann (<ann@x.example>) escribió:",
            "Il giorno lun 3 mar 2025 alle ore 10:12 Ann <ann@x.example> ha scritto:",
            "Op ma 3 mrt 2025 om 10:12 schreef Ann <ann@x.example>:",
            "Em seg., 3 de mar. de 2025 às 10:12, Ann <ann@x.example> escreveu:",
            "W dniu 3.03.2025 o 10:12, Ann pisze:",
            "pon., 3 mar 2025 o 10:12 Ann <ann@x.example> napisał(a):",
            "Den mån 3 mars 2025 kl 10:12 skrev Ann <ann@x.example>:",
            "Den 3. mars 2025 10.12 skrev Ann:",
            "пн, 3 мар. 2025 г. в 10:12, Ann <ann@x.example>:",
            "3 марта 2025 г., 10:12, Ann пишет:",
            "Ann <ann@x.example> schrieb am Mo., 3. März 2025, 10:12:",
            "2025年3月3日 10:12、Ann <ann@x.example>のメール:",
        ] {
            assert_eq!(above(&[line]), Some(0), "{line}");
        }
    }

    #[test]
    fn broken_attributions_are_found_from_their_first_line() {
        let lines = [
            "Thanks!",
            "",
            "On Mon, 3 Mar 2025 at 10:12, Ann Lee",
            "<ann@x.example>",
            "wrote:",
        ];
        assert_eq!(above(&lines), Some(2));
    }

    #[test]
    fn a_persons_sentence_is_no_attribution() {
        for line in [
            "Please see below:",
            "My questions:",
            "I wrote to you on Monday.",
            "He wrote",
        ] {
            assert_eq!(above(&[line]), None, "{line}");
        }
        assert!(!unquoted(&[
            "On Monday my colleague wrote:",
            "that it works"
        ]));
    }
}
