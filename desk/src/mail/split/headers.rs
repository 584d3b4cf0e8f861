//! The block of header fields that Outlook puts above the mail it answers.

/// Whether such a block starts with the first line.
pub fn block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|line| field(line)) else {
        return false;
    };
    if first != Field::From && first != Field::Sent {
        return false;
    }
    let mut seen = vec![first];
    for line in lines
        .iter()
        .skip(1)
        .take(LINES)
        .take_while(|line| !line.trim().is_empty())
    {
        if let Some(field) = field(line)
            && !seen.contains(&field)
        {
            seen.push(field);
        }
    }
    // A person who writes "From: Berlin" does not go on with a date and a subject.
    seen.contains(&Field::From) && seen.contains(&Field::Subject) && seen.len() >= 3
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    From,
    Sent,
    To,
    Subject,
}

fn field(line: &str) -> Option<Field> {
    let line = line.trim().trim_start_matches(['*', '_']);
    let (name, _) = line.split_once([':', '：'])?;
    if name.len() > 40 {
        return None;
    }
    let name = name
        .trim()
        .trim_end_matches(['*', '_'])
        .trim()
        .to_lowercase();
    let names = [
        (Field::From, FROM),
        (Field::Sent, SENT),
        (Field::To, TO),
        (Field::Subject, SUBJECT),
    ];
    let found = names
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()));
    found.map(|(field, _)| *field)
}

const LINES: usize = 10;

const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "od",
    "från",
    "fra",
    "lähettäjä",
    "от",
    "від",
    "kimden",
    "gönderen",
    "feladó",
    "de la",
    "odesílatel",
    "odosielateľ",
    "από",
    "发件人",
    "寄件者",
    "差出人",
    "보낸 사람",
    "מאת",
    "من",
];
const SENT: &[&str] = &[
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviado el",
    "fecha",
    "enviada em",
    "enviada",
    "inviato",
    "data",
    "verzonden",
    "wysłano",
    "skickat",
    "sendt",
    "dato",
    "lähetetty",
    "päivämäärä",
    "отправлено",
    "дата",
    "надіслано",
    "gönderildi",
    "tarih",
    "elküldve",
    "trimis",
    "odesláno",
    "odoslané",
    "datum/zeit",
    "στάλθηκε",
    "发送时间",
    "日期",
    "傳送日期",
    "送信日時",
    "日時",
    "보낸 날짜",
    "날짜",
    "נשלח",
    "תאריך",
];
const TO: &[&str] = &[
    "to",
    "an",
    "à",
    "pour",
    "para",
    "a",
    "aan",
    "do",
    "till",
    "til",
    "vastaanottaja",
    "кому",
    "kime",
    "alıcı",
    "címzett",
    "către",
    "komu",
    "προς",
    "收件人",
    "收件者",
    "宛先",
    "받는 사람",
    "אל",
    "إلى",
    "cc",
    "kopie",
    "kopia",
    "копия",
    "copie",
    "抄送",
];
const SUBJECT: &[&str] = &[
    "subject",
    "betreff",
    "objet",
    "asunto",
    "assunto",
    "oggetto",
    "onderwerp",
    "temat",
    "ämne",
    "emne",
    "aihe",
    "тема",
    "konu",
    "tárgy",
    "subiect",
    "předmět",
    "predmet",
    "θέμα",
    "主题",
    "主旨",
    "件名",
    "제목",
    "נושא",
    "الموضوع",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlook_blocks_are_known_in_their_languages() {
        let english = [
            "From: Ann",
            "Sent: Monday, March 3, 2025 10:12",
            "To: Ben",
            "Subject: Printer",
        ];
        let german = [
            "Von: Ann",
            "Gesendet: Montag, 3. März 2025 10:12",
            "An: Ben",
            "Betreff: Drucker",
        ];
        let bold = [
            "*De :* Ann",
            "*Envoyé :* lundi",
            "*À :* Ben",
            "*Objet :* Imprimante",
        ];
        for lines in [english, german, bold] {
            assert!(block(&lines), "{lines:?}");
        }
    }

    #[test]
    fn single_lines_of_that_form_are_a_persons_own() {
        assert!(!block(&["From: Berlin", "To: Hamburg", "two persons"]));
        assert!(!block(&["Subject: x", "From: y", "To: z"]));
        assert!(!block(&["From: a", "", "Sent: b", "Subject: c"]));
    }
}
