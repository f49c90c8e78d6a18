//! What a browser would send of a form, read from the page: for tests of what pages hold.

/// All fields of a piece of a page.
pub(crate) fn fields(html: &str) -> Vec<(String, String)> {
    let (mut rest, mut sent) = (html, Vec::new());
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let end = end_of_tag(rest);
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        match tag.split([' ', '\n']).next().unwrap_or_default() {
            "input" => sent.extend(input(tag)),
            "textarea" => {
                let (text, behind) = rest.split_once("</textarea>").unwrap();
                let text = unescape(text.strip_prefix('\n').unwrap_or(text));
                sent.extend(attribute(tag, "name").map(|name| (name, text.replace('\n', "\r\n"))));
                rest = behind;
            }
            "select" => {
                let (options, behind) = rest.split_once("</select>").unwrap();
                sent.extend(attribute(tag, "name").map(|name| (name, chosen(options).replace('\n', "\r\n"))));
                rest = behind;
            }
            _ => {}
        }
    }
    sent
}

fn input(tag: &str) -> Option<(String, String)> {
    let name = attribute(tag, "name")?;
    let value = attribute(tag, "value").unwrap_or_default();
    match attribute(tag, "type").as_deref() {
        Some("checkbox") if !tag.ends_with(" checked") && !tag.contains(" checked ") => None,
        Some("file" | "submit") => None,
        Some("checkbox" | "hidden") => Some((name, value.replace('\n', "\r\n"))),
        // A line has no ends of lines.
        _ => Some((name, value.replace(['\n', '\r'], ""))),
    }
}

fn chosen(options: &str) -> String {
    let all: Vec<&str> = options.split("<option").skip(1).map(|one| &one[..end_of_tag(one)]).collect();
    let chosen = all.iter().find(|one| one.ends_with(" selected")).or(all.first());
    chosen.and_then(|one| attribute(one, "value")).unwrap_or_default()
}

fn end_of_tag(tag: &str) -> usize {
    let mut quoted = false;
    let end = tag.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '>' && !quoted
    });
    end.map_or(tag.len() - 1, |(at, _)| at)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescape(from.split_once('"')?.0))
}

/// As the templates escape.
pub(crate) fn unescape(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
