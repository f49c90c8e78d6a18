//! Articles as a chat can show them: Markdown to plain text, cut into sections at the headings.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// What stands below one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::agent) struct Section {
    /// The headings above it, outermost first.
    pub(in crate::agent) headings: Vec<String>,
    /// Its paragraphs, lists and tables as plain text.
    pub(in crate::agent) blocks: Vec<String>,
}

/// The sections of an article that say something, in its order.
pub(in crate::agent) fn sections(markdown: &str) -> Vec<Section> {
    let mut reader = Reader::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(markdown, options) {
        reader.take(event);
    }
    reader.end_section();
    reader.sections
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    headings: Vec<(HeadingLevel, String)>,
    blocks: Vec<String>,
    /// The block or heading being read.
    text: String,
    heading: Option<HeadingLevel>,
    /// The number of the next item of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    /// Where the text of each open link begins, and where it leads.
    links: Vec<(usize, String)>,
    /// Tags inside the innermost top-level block.
    depth: usize,
    cell: usize,
    hidden: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) if !self.hidden => self.text.push_str(&text),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.text.push('\n'),
            Event::InlineHtml(html) if html.starts_with("<br") => self.text.push('\n'),
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_section();
                self.heading = Some(level);
            }
            Tag::List(first) => {
                self.lists.push(first);
                self.depth += 1;
            }
            Tag::Item => {
                self.new_line();
                self.text.push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.text.push_str(&number.to_string());
                        self.text.push_str(". ");
                        *number = number.saturating_add(1);
                    }
                    _ => self.text.push_str("- "),
                }
            }
            Tag::BlockQuote(_) | Tag::Table(_) => self.depth += 1,
            Tag::TableHead | Tag::TableRow => {
                self.new_line();
                self.cell = 0;
            }
            Tag::TableCell => {
                if self.cell > 0 {
                    self.text.push_str(" | ");
                }
                self.cell += 1;
            }
            // A paragraph within an item begins on the item's line.
            Tag::Paragraph if !self.text.is_empty() && !self.text.ends_with("- ") && !self.text.ends_with(". ") => {
                self.new_line();
            }
            Tag::CodeBlock(_) => self.new_line(),
            Tag::Link { dest_url, .. } => self.links.push((self.text.len(), dest_url.into_string())),
            Tag::Image { .. } | Tag::HtmlBlock | Tag::MetadataBlock(_) => self.hidden = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::List(_) => {
                self.lists.pop();
                self.close_block();
            }
            TagEnd::BlockQuote(_) | TagEnd::Table => self.close_block(),
            TagEnd::Paragraph | TagEnd::CodeBlock if self.depth == 0 => self.end_block(),
            TagEnd::Link => self.end_link(),
            TagEnd::Image | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => self.hidden = false,
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some((start, url)) = self.links.pop() else { return };
        let title = self.text.get(start..).unwrap_or_default().trim().to_owned();
        // Links within the help centre's page lead nowhere in a chat.
        if url.is_empty() || url.starts_with('#') || title == url || format!("mailto:{title}") == url {
            return;
        }
        let address = url.strip_prefix("mailto:").unwrap_or(&url);
        if title.is_empty() {
            self.text.push_str(address);
        } else {
            self.text.extend([" (", address, ")"]);
        }
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn close_block(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let text = std::mem::take(&mut self.text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            self.blocks.push(lines.join("\n"));
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.text);
        self.heading = None;
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, text.split_whitespace().collect::<Vec<_>>().join(" ")));
    }

    fn end_section(&mut self) {
        if self.heading.is_none() {
            self.end_block();
        }
        let blocks = std::mem::take(&mut self.blocks);
        if !blocks.is_empty() {
            let headings = self.headings.iter().map(|(_, text)| text.clone()).collect();
            self.sections.push(Section { headings, blocks });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str) -> String {
        let sections = sections(markdown);
        let parts: Vec<String> =
            sections.iter().map(|s| format!("[{}]\n{}", s.headings.join(" > "), s.blocks.join("\n\n"))).collect();
        parts.join("\n\n")
    }

    #[test]
    fn an_article_is_cut_at_its_headings() {
        insta::assert_snapshot!(plain("# A\nOne.\n\n## B\nTwo\nlines.\n\n### C\n\n## D\nThree."), @r"
        [A]
        One.

        [A > B]
        Two lines.

        [A > D]
        Three.
        ");
    }

    #[test]
    fn markdown_becomes_chat_text() {
        let markdown = "Go to **Cashier** > *Withdraw*, see [the rules](https://lumen.example/rules) or <a@b.example>:\n\n\
            1. Choose `Bank`.\n2. Confirm\n   - by mail\n   - by phone\n\n* [ ] open\n\n\
            ![logo](x.png)\n\n| Method | Time |\n|---|---|\n| Card | 1 day |\n\n> Mind this.\n\n<div>x</div>\n";
        insta::assert_snapshot!(plain(markdown), @r"
        []
        Go to Cashier > Withdraw, see the rules (https://lumen.example/rules) or a@b.example:

        1. Choose Bank.
        2. Confirm
          - by mail
          - by phone

        - [ ] open

        Method | Time
        Card | 1 day

        Mind this.
        ");
    }
}
