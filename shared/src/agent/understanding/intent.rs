//! What a text wants, as far as its wording tells without any knowledge.

use super::pattern::Phrases;
use super::phrases::{self, Language};
use super::words::{self, BORDER};
use crate::domain::verdict::EscalationReason;

/// Talk that asks for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::agent) enum SmallTalk {
    /// "Ok."
    Okay,
    /// "Hi."
    Greeting,
    /// "Thank you."
    Thanks,
    /// "Bye."
    Bye,
}

/// What was read from a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::agent) struct Reading {
    /// A human is needed, and why.
    pub(in crate::agent) reason: Option<EscalationReason>,
    /// It asks whether we are human.
    pub(in crate::agent) about_us: bool,
    /// The strongest small talk in it.
    pub(in crate::agent) small_talk: Option<SmallTalk>,
    /// The folded words that are neither small talk nor about us: the question, if there is any.
    pub(in crate::agent) rest: String,
    /// The language whose phrases were found, when it is only one.
    pub(in crate::agent) language: Option<&'static str>,
}

/// Reads a text. Lines may be parts of one sentence, so a phrase may reach over a line's end.
pub(in crate::agent) fn read(text: &str) -> Reading {
    let words = words::clauses(text);
    let mut small_marks = vec![false; words.len()];
    let mut us_marks = vec![false; words.len()];
    let mut no_wish_marks = vec![false; words.len()];
    let mut harmless_marks = vec![false; words.len()];
    let mut talk = Vec::new();
    let mut found = Hits::default();
    for language in phrases::languages() {
        let kinds = [
            (&language.okay, SmallTalk::Okay),
            (&language.greeting, SmallTalk::Greeting),
            (&language.thanks, SmallTalk::Thanks),
            (&language.bye, SmallTalk::Bye),
        ];
        for (phrases, kind) in kinds {
            let hits = phrases.mark(&words, &mut small_marks);
            if hits > 0 {
                talk.push((language.code, kind));
                found.add(language.code, hits);
            }
        }
        language.filler.mark(&words, &mut small_marks);
        found.add(language.code, language.about_us.mark(&words, &mut us_marks));
        language.no_human.mark(&words, &mut no_wish_marks);
        language.harmless.mark(&words, &mut harmless_marks);
    }
    // "Chao" is a goodbye in Spanish and, in "xin chào", a greeting in Vietnamese: who takes more words is right.
    let speaking = found.largest();
    let small_talk = talk.into_iter().filter(|(code, _)| speaking.contains(code)).map(|(_, kind)| kind).max();
    let about_us = us_marks.contains(&true);
    let without = |marks: &[bool]| -> Vec<String> {
        words.iter().zip(marks).map(|(word, mark)| if *mark { BORDER.to_owned() } else { word.clone() }).collect()
    };
    let wishes = without(&either(&us_marks, &no_wish_marks));
    let grave = without(&harmless_marks);
    let reason = reason(&grave, &wishes, text, &mut found);
    let rest = without(&either(&us_marks, &small_marks));
    // "Thanks, and my bonus?" is a question, and its thanks would only blur the search.
    let only_small_talk = rest.iter().all(|word| word == BORDER);
    Reading {
        reason,
        about_us,
        small_talk: small_talk.filter(|_| only_small_talk),
        rest: rest.into_iter().filter(|word| word != BORDER).collect::<Vec<_>>().join(" "),
        language: found.most(),
    }
}

/// Whether a text says nothing that a human would have to know: small talk, or only the wish for a human.
pub(in crate::agent) fn is_empty_of_content(text: &str) -> bool {
    let reading = read(text);
    let bare_wish = reading.reason == Some(EscalationReason::VisitorAsked) && text.chars().count() < 40;
    bare_wish || (reading.reason.is_none() && reading.rest.is_empty())
}

fn reason(words: &[String], wishes: &[String], text: &str, found: &mut Hits) -> Option<EscalationReason> {
    type Kind = (fn(&Language) -> &Phrases, EscalationReason);
    let mut first_of = |words: &[String], kinds: Vec<Kind>| {
        kinds.into_iter().find_map(|(phrases, reason)| {
            let mut speaking = phrases::languages().iter().filter(|language| phrases(language).occur_in(words));
            found.add(speaking.next()?.code, 1);
            Some(reason)
        })
    };
    // What may cost a life or a living goes before what only costs patience.
    let grave: Vec<Kind> = vec![
        (|language| &language.self_harm, EscalationReason::SelfHarm),
        (|language| &language.child_safety, EscalationReason::ChildSafety),
        (|language| &language.responsible_gaming, EscalationReason::ResponsibleGaming),
        (|language| &language.fraud, EscalationReason::Fraud),
        (|language| &language.legal, EscalationReason::Legal),
    ];
    first_of(words, grave)
        .or_else(|| first_of(wishes, vec![(|language| &language.human, EscalationReason::VisitorAsked)]))
        .or_else(|| asks_in_one_word(text).then_some(EscalationReason::VisitorAsked))
        .or_else(|| first_of(words, vec![(|language| &language.frustrated, EscalationReason::Frustrated)]))
}

/// "Agent", "human please": words that are a wish only when a line says nothing else.
fn asks_in_one_word(text: &str) -> bool {
    text.lines().any(|line| {
        let words = words::clauses(line);
        let mut marks = vec![false; words.len()];
        for language in phrases::languages() {
            for phrases in [&language.filler, &language.greeting, &language.okay] {
                phrases.mark(&words, &mut marks);
            }
        }
        let alone = |words: &[String]| {
            !words.is_empty()
                && phrases::languages()
                    .iter()
                    .any(|language| language.human_alone.end_at(words, 0) == Some(words.len()))
        };
        let whole: Vec<String> = words.iter().filter(|word| *word != BORDER).cloned().collect();
        let kept: Vec<String> =
            words.into_iter().zip(marks).filter(|(word, mark)| !mark && word != BORDER).map(|(word, _)| word).collect();
        alone(&whole) || alone(&kept)
    })
}

fn either(one: &[bool], other: &[bool]) -> Vec<bool> {
    one.iter().zip(other).map(|(one, other)| *one || *other).collect()
}

/// How many words each language's phrases took.
#[derive(Debug, Default)]
struct Hits(Vec<(&'static str, usize)>);

impl Hits {
    fn add(&mut self, code: &'static str, hits: usize) {
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += hits,
            None => self.0.push((code, hits)),
        }
    }

    /// The languages that took most.
    fn largest(&self) -> Vec<&'static str> {
        let most = self.0.iter().map(|(_, hits)| *hits).max().unwrap_or_default();
        self.0.iter().filter(|(_, hits)| *hits == most && most > 0).map(|(code, _)| *code).collect()
    }

    /// The language that took most, if it is one.
    fn most(&self) -> Option<&'static str> {
        match self.largest().as_slice() {
            [code] => Some(code),
            _ => None,
        }
    }
}
