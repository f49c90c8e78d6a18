//! What is said, in the brand's voice and the visitor's language.

use super::texts;
use crate::agent::Turn;
use crate::agent::knowledge::{PASSAGE_LIMIT, Passage};
use crate::agent::understanding::intent::SmallTalk;
use crate::agent::understanding::words::clip_sentence;
use crate::domain::settings::Texts;
use crate::domain::verdict::Verdict;

/// The most characters of a reply with everything around the quotation.
pub const REPLY_LIMIT: usize = 2_000;

/// Who speaks, and in which language.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    /// The turn.
    pub(super) turn: &'a Turn<'a>,
    /// BCP 47.
    pub(super) language: &'a str,
}

impl Voice<'_> {
    /// Says what the passage says.
    pub(super) fn answer(&self, passage: &Passage, about_us: bool) -> Verdict {
        let source = self.own(|texts| texts.source.as_ref()).unwrap_or_else(|| self.built_in().source.clone());
        let text = Self::compose([
            self.greeting(),
            about_us.then(|| self.about_us()),
            Some(clip_sentence(&passage.text, PASSAGE_LIMIT)),
            Some(source.replace("{title}", &passage.title)),
            self.own(|texts| texts.closing.as_ref()),
        ]);
        Verdict::Reply { text, sources: vec![passage.article.clone()], clarifies: false }
    }

    /// Says what the passage says, and that the file was not looked at.
    pub(super) fn answer_beside_file(&self, passage: &Passage, about_us: bool) -> Verdict {
        match self.answer(passage, about_us) {
            Verdict::Reply { text, sources, clarifies } => {
                let text = Self::compose([Some(text), Some(self.built_in().file.clone())]);
                Verdict::Reply { text, sources, clarifies }
            }
            other => other,
        }
    }

    /// Answers talk that asks for nothing.
    pub(super) fn small_talk(&self, talk: SmallTalk, about_us: bool) -> Verdict {
        let texts = self.built_in();
        let greeting = self.greeting();
        let (first, offer) = match talk {
            // The brand's greeting is a hello of its own.
            _ if about_us => (Some(self.about_us()), true),
            SmallTalk::Greeting if greeting.is_some() => (None, true),
            SmallTalk::Greeting => (Some(texts.hello.clone()), true),
            SmallTalk::Thanks => (Some(texts.thanks.clone()), false),
            SmallTalk::Bye => (Some(texts.bye.clone()), false),
            SmallTalk::Okay => (Some(texts.okay.clone()), false),
        };
        reply(Self::compose([greeting, first, offer.then(|| texts.offer.clone())]))
    }

    /// Tells that no human is writing.
    pub(super) fn about_us_only(&self) -> Verdict {
        reply(Self::compose([self.greeting(), Some(self.about_us()), Some(self.built_in().offer.clone())]))
    }

    /// Asks the visitor to say more.
    pub(super) fn clarify(&self, about_us: bool) -> String {
        let clarify = self.own(|texts| texts.clarify.as_ref()).unwrap_or_else(|| self.built_in().clarify.clone());
        Self::compose([self.greeting(), about_us.then(|| self.about_us()), Some(clarify)])
    }

    /// The parts, after the brand's greeting if it is the first that is said, and after what we are if that was asked.
    pub(super) fn told<const N: usize>(&self, parts: [&str; N], about_us: bool) -> String {
        let before = Self::compose([self.greeting(), about_us.then(|| self.about_us())]);
        let all = std::iter::once(before.as_str()).chain(parts).map(str::trim).filter(|part| !part.is_empty());
        clip_sentence(&all.collect::<Vec<_>>().join("\n\n"), REPLY_LIMIT)
    }

    /// Asks what something is about that can't be read.
    pub(super) fn ask_about(&self) -> String {
        Self::compose([self.greeting(), Some(self.built_in().unreadable.clone())])
    }

    fn about_us(&self) -> String {
        self.built_in().about_us.replace("{brand}", &self.turn.brand.name)
    }

    /// A greeting in another language than the answer would be odd: then there is none.
    fn greeting(&self) -> Option<String> {
        if self.turn.spoke_before { None } else { self.own(|texts| texts.greeting.as_ref()) }
    }

    /// The brand's own text, if it has one that says something.
    pub(super) fn own(&self, choose: fn(&Texts) -> Option<&String>) -> Option<String> {
        texts::own(self.turn.brand, self.language, choose)
    }

    /// The built-in texts of the language.
    pub(super) fn built_in(&self) -> &'static texts::BuiltIn {
        texts::built_in(self.language, &self.turn.brand.language)
    }

    /// The parts that there are, as paragraphs.
    pub(super) fn compose<const N: usize>(parts: [Option<String>; N]) -> String {
        let parts: Vec<String> = parts.into_iter().flatten().map(|part| part.trim().to_owned()).collect();
        clip_sentence(&parts.join("\n\n"), REPLY_LIMIT)
    }
}

/// Says the text, which rests on nothing.
pub(super) fn reply(text: String) -> Verdict {
    Verdict::Reply { text, sources: Vec::new(), clarifies: false }
}
