//! What an article looks like: its Markdown as HTML that can do nothing.

use std::fmt;

use askama::filters::HtmlSafe;
use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// An article as it is read. It is made here alone, of events of which none is HTML that somebody wrote.
pub struct Preview(String);

impl HtmlSafe for Preview {}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Preview {
    /// Renders Markdown. HTML in it is dropped, pictures are told by their text, links lead to the web or to mail alone.
    #[must_use]
    pub fn of(markdown: &str) -> Self {
        let events = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
        let mut text = String::with_capacity(markdown.len() * 3 / 2);
        html::push_html(&mut text, events.filter_map(harmless));
        Self(text)
    }
}

fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(_)
        | Event::InlineHtml(_)
        | Event::Start(Tag::HtmlBlock | Tag::Image { .. })
        | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if is_harmless(&dest_url) { dest_url } else { CowStr::Borrowed("") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        // The page has headings of its own above.
        Event::Start(Tag::Heading { level, .. }) => {
            Some(Event::Start(Tag::Heading { level: below(level), id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
        // Columns are set by a style attribute, which pages must not have.
        Event::Start(Tag::Table(columns)) => Some(Event::Start(Tag::Table(vec![Alignment::None; columns.len()]))),
        event => Some(event),
    }
}

fn is_harmless(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase());
    match scheme.as_deref() {
        None | Some("http" | "https" | "mailto" | "tel") => true,
        // A colon further on, behind what no scheme has.
        Some(other) => other.contains(['/', '?', '#']),
    }
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(markdown: &str) -> String {
        Preview::of(markdown).to_string()
    }

    #[test]
    fn an_article_is_rendered() {
        let page = html(
            "# Payouts\n\nThey take **one** day, see [terms](https://a.example/t).\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n",
        );
        assert!(page.starts_with("<h3>Payouts</h3>"), "{page}");
        assert!(page.contains("<strong>one</strong>") && page.contains("<a href=\"https://a.example/t\">"), "{page}");
        assert!(page.contains("<td>1</td>") && !page.contains("style="), "{page}");
    }

    #[test]
    fn nothing_that_is_written_can_act() {
        let attempts = [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<div onclick=alert(1)>\n\ntext\n\n</div>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](&#106;avascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](vbscript:x)",
            "<javascript:alert(1)>",
            "![x](https://elsewhere.example/pixel.png)",
            "```\"><script>alert(1)</script>\n```",
            "[x](https://a.example/\"onmouseover=\"alert(1))",
            "# h {#id onclick=alert(1)}",
            "<!-- <script> -->",
        ];
        for markdown in attempts {
            let page = html(markdown).to_lowercase();
            // What stands between tags is text, whatever it looks like.
            let tags: Vec<&str> =
                page.split('<').skip(1).filter_map(|behind| behind.split_once('>').map(|(tag, _)| tag)).collect();
            let page = format!("<{}", tags.join("<"));
            for harm in [
                "<script",
                "<img",
                "<div",
                "href=\"javascript",
                "href=\"data",
                "href=\"vbscript",
                " onerror=",
                " onclick=",
                "\"onmouseover",
            ] {
                assert!(!page.contains(harm), "{markdown} gives {page}");
            }
        }
    }

    proptest! {
        #[test]
        fn only_elements_of_text_come_out(markdown in "[<>\\[\\]()a-c:/\"'#*`|! \n-]{0,60}") {
            let page = html(&markdown);
            let mut rest = page.as_str();
            while let Some((_, behind)) = rest.split_once('<') {
                let name: String = behind.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                let known = ["p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "a", "em", "strong", "del", "code", "pre", "hr", "br",
                    "blockquote", "table", "thead", "tbody", "tr", "th", "td"];
                prop_assert!(known.contains(&name.as_str()), "{} gives {}", markdown, page);
                rest = behind;
            }
        }
    }
}
