//! format=flowed text made whole again (RFC 3676). What must hold: linear, and text that is not
//! flowed after all comes out as it went in, but for stuffed spaces.

/// Joins the lines that the sender's program broke. `delete_space`: the parameter DelSp=yes.
pub fn unflowed(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // How deep the paragraph that waits for more is quoted.
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let (line, ended) = match line.strip_suffix('\n') {
            Some(line) => (line, true),
            None => (line, false),
        };
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let words = &line[depth..];
        // RFC 3676 4.4: one space in front was stuffed.
        let words = words.strip_prefix(' ').unwrap_or(words);
        // RFC 3676 4.3: the signature line ends with a space but does not flow.
        let signature = words == "-- ";
        match open {
            Some(same) if same == depth && !signature => {}
            waiting => {
                if waiting.is_some() {
                    out.push('\n');
                }
                quote(&mut out, depth);
            }
        }
        let flows = words.ends_with(' ') && !signature && ended;
        out.push_str(if flows && delete_space {
            &words[..words.len() - 1]
        } else {
            words
        });
        open = flows.then_some(depth);
        if ended && !flows {
            out.push('\n');
        }
    }
    out
}

fn quote(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n('>', depth));
    if depth > 0 {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_lines_are_joined() {
        assert_eq!(
            unflowed("one \ntwo \nthree\nfour\n", false),
            "one two three\nfour\n"
        );
        assert_eq!(unflowed("日本 \n語\n", true), "日本語\n");
    }

    #[test]
    fn quotes_are_joined_only_with_their_depth() {
        let text = "> a \n> b \n>> c \nd\n";
        assert_eq!(unflowed(text, false), "> a b \n>> c \nd\n");
    }

    #[test]
    fn the_signature_line_stands_alone() {
        assert_eq!(unflowed("bye \n-- \nAnn\n", false), "bye \n-- \nAnn\n");
    }

    #[test]
    fn stuffed_spaces_are_removed() {
        assert_eq!(unflowed(" >no quote\n  x\n", false), ">no quote\n x\n");
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "[a-z> \n]{0,200}") {
            let letters = |s: &str| s.chars().filter(char::is_ascii_lowercase).collect::<String>();
            prop_assert_eq!(letters(&unflowed(&text, false)), letters(&text));
        }
    }
}
