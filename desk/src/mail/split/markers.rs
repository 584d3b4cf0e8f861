//! Lines that programs put between a person's words and an earlier mail.

use std::sync::LazyLock;

use regex::Regex;

/// "-----Original Message-----": an answer follows above, the answered mail below.
pub fn original(line: &str) -> bool {
    is_ruled(line) && ORIGINAL.is_match(short(line))
}

/// "---------- Forwarded message ---------": what follows is what the sender wants us to read.
pub fn forward(line: &str) -> bool {
    // Asking for the form first spares most lines the search.
    (is_ruled(line) || line.trim_end().ends_with(':')) && FORWARD.is_match(short(line))
}

/// A rule of underscores, as Outlook draws above its header block.
pub fn rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && line.bytes().all(|b| matches!(b, b'_' | b'-' | b'='))
}

/// "Sent from my iPhone".
pub fn sent_from(line: &str) -> bool {
    line.contains(' ') && SENT_FROM.is_match(short(line))
}

fn is_ruled(line: &str) -> bool {
    line.trim_start().starts_with(['-', '_', '=', '*'])
}

/// Such lines are short; a long one is not worth a search.
fn short(line: &str) -> &str {
    if line.len() <= LONGEST {
        line.trim()
    } else {
        ""
    }
}

const LONGEST: usize = 200;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are right, a test compiles them")
}

static ORIGINAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) ^ [-_=]{2,} \s* (?: original\ (?:message|appointment|mail)
          | ursprüngliche\ nachricht | originalnachricht | original-nachricht
          | message\ d['’]origine | message\ original | mensaje\ original | mensagem\ original
          | messaggio\ originale | oorspronkelijk\ bericht | originele\ bericht
          | oryginalna\ wiadomość | wiadomość\ oryginalna | ursprungligt\ meddelande | originalmeddelande
          | oprindelig\ meddelelse | opprinnelig\ melding | alkuperäinen\ viesti
          | исходное\ сообщение | оригинальное\ сообщение | původní\ zpráva | eredeti\ üzenet
          | orijinal\ mesaj | mesaj\ original | 原始邮件 | 原始郵件 | 元のメッセージ | 원본\ 메시지 ) \s* [-_=]{2,} $",
    )
});

static FORWARD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) ^ [-_=*]{2,} \s* (?: forwarded\ (?:message|by\b.*) | weitergeleitete\ (?:nachricht|mail|e-mail)
          | message\ transféré | message\ réexpédié | mensaje\ reenviado | mensagem\ (?:encaminhada|reencaminhada)
          | messaggio\ inoltrato | doorgestuurd\ bericht | treść\ przekazanej\ wiadomości | przekazana\ wiadomość
          | vidarebefordrat\ meddelande | videresendt\ (?:melding|meddelelse|besked) | välitetty\ viesti
          | пересылаемое\ сообщение | пересланное\ сообщение | přeposlaná\ zpráva | továbbított\ üzenet
          | yönlendirilmiş\ mesaj | 转发邮件 | 転送メッセージ ) \b .* $
        | ^ (?: begin\ forwarded\ message | anfang\ der\ weitergeleiteten\ (?:nachricht|e-mail)
          | début\ du\ message\ (?:transféré|réexpédié) | inicio\ del\ mensaje\ reenviado
          | inizio\ messaggio\ inoltrato | begin\ doorgestuurd\ bericht | início\ da\ mensagem\ (?:encaminhada|reencaminhada)
          | начало\ переадресованного\ сообщения | początek\ przekazywanej\ wiadomości ) \s* : $",
    )
});

static SENT_FROM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) ^ (?: sent\ (?:from|via)\ .{2,60} | get\ outlook\ for\ .{2,40}
          | (?:von\ meinem|gesendet\ mit|gesendet\ von)\ .{2,60} | outlook\ für\ .{2,20}\ herunterladen
          | envoyé\ (?:de|depuis)\ .{2,60} | enviado\ (?:desde|do)\ .{2,60} | inviato\ da\ .{2,60}
          | verzonden\ (?:vanaf|met)\ .{2,60} | wysłane\ z\ .{2,60} | skickat\ från\ .{2,60} | sendt\ fra\ .{2,60}
          | отправлено\ (?:с|из)\ .{2,60} ) $",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_of_programs_are_known() {
        assert!(original("-----Original Message-----"));
        assert!(original("-----Ursprüngliche Nachricht-----"));
        assert!(original("-------- Message d'origine --------"));
        assert!(forward("---------- Forwarded message ---------"));
        assert!(forward("-------- Weitergeleitete Nachricht --------"));
        assert!(forward("Begin forwarded message:"));
        assert!(sent_from("Von meinem iPhone gesendet"));
        assert!(rule("________________________________"));
    }

    #[test]
    fn a_persons_words_are_no_markers() {
        assert!(!original("the original message was lost"));
        assert!(!forward("I have forwarded message 3"));
        assert!(!sent_from("I have sent from my side what was asked"));
        assert!(!rule("----"));
    }
}
