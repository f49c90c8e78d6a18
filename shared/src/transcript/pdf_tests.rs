#![allow(clippy::unwrap_used, reason = "tests")]

use crate::transcript::specimen::{line, transcript};
use crate::transcript::{AuthorKind, Format, Transcript, render};

fn pages(transcript: &Transcript) -> Vec<String> {
    let bytes = render(transcript, Format::Pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    document.get_pages().keys().map(|page| document.extract_text(&[*page]).unwrap()).collect()
}

/// Text without the breaks that pages and columns give it.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn another_reader_finds_every_line_in_the_pdf() {
    let transcript = transcript();
    let text = folded(&pages(&transcript).concat());
    for line in transcript.lines.iter().filter(|line| line.text.is_ascii() || line.author != AuthorKind::Visitor) {
        for part in line.text.lines() {
            assert!(text.contains(&folded(part)), "{part:?} is not in {text}");
        }
    }
    for words in ["Rút tiền mất bao lâu? Tôi đã chờ ba ngày rồi.", "sao-kê <1>.pdf", "Björn (702)", "Page 1 of"]
    {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
}

#[test]
fn a_long_conversation_has_numbered_pages() {
    let mut long = transcript();
    long.lines = (0..300).map(|n| line(n, AuthorKind::Visitor, "Mia", &format!("line number {n}"))).collect();
    let pages = pages(&long);
    assert!(pages.len() > 3);
    assert!(pages[1].contains(&format!("Page 2 of {}", pages.len())));
    assert!(pages.concat().contains("line number 299"));
}

#[test]
fn letters_that_the_font_lacks_are_replaced_and_it_says_so() {
    let mut odd = transcript();
    odd.lines = vec![line(0, AuthorKind::Visitor, "Mia", "你好 👋 ok")];
    let text = folded(&pages(&odd).concat());
    assert!(text.contains("\u{fffd}\u{fffd} \u{fffd} ok"), "{text}");
    assert!(text.contains("that this file's font lacks"), "{text}");
}

#[test]
fn a_word_wider_than_the_page_is_broken() {
    let mut wide = transcript();
    wide.lines = vec![line(0, AuthorKind::Visitor, "Mia", &"w".repeat(400))];
    let text: String = pages(&wide).concat().split_whitespace().collect();
    assert!(text.contains(&"w".repeat(400)), "{text}");
}
