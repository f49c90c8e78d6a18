//! Whether the visitor says that nothing is needed any more: "never mind", "it works now".
//!
//! Who is understood wrongly here loses their place, so it has to be plain: a question, something grave, a "not", an
//! "until" or a "but" anywhere near, and it is taken for what it is otherwise. Thanks alone solve nothing.

use super::intent::Reading;
use super::phrases::{self, Language};
use super::words::{self, BORDER};

/// Whether the text says that it is solved or not needed any more.
pub(in crate::agent) fn says_so(text: &str, reading: &Reading) -> bool {
    if reading.reason.is_some() || text.contains(['?', '？']) {
        return false;
    }
    // A line's end parts clauses here, unlike in a wish: "solved" may stand on a line of its own.
    let words = words::clauses(&text.replace('\n', ".\n"));
    let opposite = phrases::languages().iter().any(|language| language.unsolved.occur_in(&words));
    !opposite && phrases::languages().iter().any(|language| ends_well(language, &words))
}

/// Whether it is said in this language, and no "but" of it follows.
fn ends_well(language: &Language, words: &[String]) -> bool {
    let anywhere = (0..words.len()).filter_map(|start| language.solved.end_at(words, start)).max();
    let end = anywhere.max(alone(language, words));
    end.is_some_and(|end| !language.but.occur_in(words.get(end..).unwrap_or_default()))
}

/// Where the last clause ends that says it and nothing else but small talk.
fn alone(language: &Language, words: &[String]) -> Option<usize> {
    let mut marks = vec![false; words.len()];
    for small_talk in [&language.filler, &language.greeting, &language.okay, &language.thanks, &language.bye] {
        small_talk.mark(words, &mut marks);
    }
    let is_small = |from: usize, to: usize| marks.get(from..to).is_some_and(|marks| marks.iter().all(|mark| *mark));
    let borders = words.iter().enumerate().filter(|(_, word)| *word == BORDER).map(|(at, _)| at);
    let mut begin = 0;
    let mut found = None;
    for border in borders.chain([words.len()]) {
        let says_it = (begin..border)
            .take_while(|start| is_small(begin, *start))
            .filter_map(|start| language.solved_alone.end_at(words, start))
            .any(|end| is_small(end, border));
        if says_it {
            found = Some(border);
        }
        begin = border + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::intent;
    use super::*;

    fn solved(text: &str) -> bool {
        says_so(text, &intent::read(text))
    }

    #[test]
    fn it_is_understood_in_every_language() {
        for text in [
            "never mind",
            "Nevermind, it works now",
            "it works now",
            "solved, thanks",
            "no longer need it",
            "I no longer need help",
            "forget it",
            "ok it's fixed now thank you",
            "I don't need an agent anymore",
            "problem solved!",
            "I figured it out",
            "hi\nsolved\nthanks",
            "No, it works now, thank you very much",
            "all good now",
            "hat sich erledigt",
            "Erledigt, danke!",
            "es geht jetzt wieder",
            "jetzt funktioniert es",
            "ich brauche keine Hilfe mehr",
            "das Problem ist gelöst",
            "vergessen Sie es",
            "schon gut",
            "ya no lo necesito",
            "ya está solucionado, gracias",
            "ya funciona",
            "olvídelo",
            "no importa",
            "problema resuelto",
            "c'est réglé, merci",
            "laissez tomber",
            "je n'ai plus besoin d'aide",
            "ça marche maintenant",
            "tant pis",
            "j'ai résolu le problème",
            "ho risolto, grazie",
            "lasci perdere",
            "adesso funziona",
            "non mi serve più",
            "non importa",
            "problema risolto",
            "não preciso mais",
            "já resolvi, obrigado",
            "deixa pra lá",
            "agora funcionou",
            "esquece",
            "foi resolvido",
            "sorun çözüldü, teşekkürler",
            "boş verin",
            "artık gerek yok",
            "şimdi çalışıyor",
            "hallettim",
            "gerek kalmadı",
            "không cần nữa",
            "đã giải quyết xong rồi",
            "thôi khỏi",
            "vào được rồi, cảm ơn",
            "toi khong can ho tro nua",
            "bỏ qua đi",
        ] {
            assert!(solved(text), "{text}");
        }
    }

    #[test]
    fn thanks_negation_conditions_and_questions_are_not_it() {
        for text in [
            "",
            "thanks",
            "ok",
            "ok thank you",
            "done",
            "it's not solved",
            "still not working",
            "this was never fixed",
            "it doesn't work now",
            "the problem is not solved yet",
            "is it solved?",
            "is it fixed",
            "I'll wait until it's solved",
            "I need this fixed now",
            "how it works now I don't know",
            "it works now but my bonus is missing",
            "solved. another question: bonus",
            "don't forget it",
            "you said it was fixed",
            "never mind, I'll call my lawyer",
            "forget it, I want to die",
            "I don't want to wait anymore",
            "I don't need help, I need my money",
            "schon gut, ich will mein Geld",
            "no importa, quiero mi dinero",
            "danke",
            "es ist nicht gelöst",
            "geht immer noch nicht",
            "jetzt geht gar nichts mehr",
            "noch nicht erledigt",
            "ich warte, bis es gelöst ist",
            "wie geht es jetzt weiter",
            "es geht jetzt, aber mein Bonus fehlt",
            "gracias",
            "no está solucionado",
            "ya no funciona",
            "todavía no está resuelto",
            "espero que esté resuelto",
            "ya funciona, pero falta el bono",
            "merci",
            "ce n'est pas réglé",
            "ça marche pas",
            "ça ne marche toujours pas maintenant",
            "quand ce sera réglé",
            "j'ai oublié ça",
            "grazie",
            "non è risolto",
            "non ho ancora risolto",
            "non funziona ora",
            "non voglio aspettare più",
            "ora funziona ma manca il bonus",
            "obrigado",
            "não foi resolvido",
            "ainda não funciona",
            "não quero mais esperar",
            "não esqueça",
            "agora funcionou mas falta o bônus",
            "teşekkürler",
            "çözülmedi",
            "hala çalışmıyor",
            "çözüldü mü",
            "sorun çözüldü ama bonus yok",
            "artık beklemek istemiyorum",
            "cảm ơn",
            "chưa giải quyết xong",
            "vẫn không vào được",
            "giải quyết xong chưa",
            "không vào được nữa",
            "vào được rồi nhưng mất tiền thưởng",
        ] {
            assert!(!solved(text), "{text}");
        }
    }
}
