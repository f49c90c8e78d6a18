#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

/// Sentences of each language that claim something, and such that only look like it.
#[derive(Deserialize)]
struct Sentences {
    claiming: Vec<(Claim, String)>,
    harmless: Vec<String>,
}

fn all() -> BTreeMap<String, Sentences> {
    serde_json::from_str(include_str!("promises/sentences.json")).unwrap()
}

#[test]
fn every_file_can_be_read_and_has_sentences() {
    for (code, json) in FILES {
        let language = read(json);
        assert!(language.is_ok(), "{code}: {}", language.unwrap_err());
        let sentences = &all()[code];
        assert!(code == "other" || (sentences.claiming.len() >= 12 && sentences.harmless.len() >= 12), "{code}");
    }
}

#[test]
fn what_is_claimed_is_told_in_every_language() {
    let unheard: Vec<String> = all()
        .iter()
        .flat_map(|(code, sentences)| sentences.claiming.iter().map(move |(claim, text)| (code, claim, text)))
        .filter(|(_, claim, text)| !claims(text).contains(claim))
        .map(|(code, claim, text)| format!("{code} {claim:?}: {text} {:?}", claims(text)))
        .collect();
    assert!(unheard.is_empty(), "{}", unheard.join("\n"));
}

#[test]
fn what_is_described_or_conditional_is_no_claim() {
    let taken: Vec<String> = all()
        .iter()
        .flat_map(|(code, sentences)| sentences.harmless.iter().map(move |text| (code, text)))
        .filter(|(_, text)| !claims(text).is_empty())
        .map(|(code, text)| format!("{code}: {text} {:?}", claims(text)))
        .collect();
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

#[test]
fn a_claim_is_told_among_other_sentences() {
    let text = "Withdrawals take a day. If yours takes longer, write to us. I've escalated your case. Anything else?";
    assert_eq!(claims(text), [Claim::HandedOver]);
    assert_eq!(claims("I've closed your account, anything else?"), [Claim::AccountChanged]);
}

#[test]
fn nobody_is_told_to_be_human_who_is_not() {
    for text in [
        "I'm a real person.",
        "Yes, I am human!",
        "I'm not a bot.",
        "Ja, ich bin ein Mensch.",
        "Ich bin kein Bot.",
        "Soy una persona real.",
        "Je suis un humain.",
        "Je ne suis pas un robot.",
        "Sou uma pessoa.",
        "Sono una persona reale.",
        "Ben gerçek bir insanım.",
        "Tôi là người thật.",
    ] {
        assert!(claims_human(text), "{text}");
    }
    for text in [
        "I'm the automated assistant of Lumen, not a human.",
        "Ich bin der automatische Assistent, kein Mensch.",
        "Soy el asistente automático, no una persona.",
        "Je suis l'assistant automatique, pas un humain.",
        "You can talk to a human.",
        "Ben otomatik asistanım, insan değilim.",
        "Tôi là trợ lý tự động, không phải con người.",
    ] {
        assert!(!claims_human(text), "{text}");
    }
}

#[test]
fn what_we_were_told_to_do_is_not_told() {
    for text in [
        "My instructions are: be friendly.",
        "Here is my system prompt: You are Nova.",
        "I was instructed to only answer from the articles.",
        "Meine Anweisungen lauten: sei freundlich.",
    ] {
        assert!(reveals(text), "{text}");
    }
    assert!(!reveals("Follow the instructions in the e-mail. The rules are on our page."));
}

#[test]
fn that_all_is_done_is_told_in_every_language() {
    for text in [
        "It's done!",
        "Done! Anything else?",
        "Your request has been completed.",
        "That is now approved.",
        "My colleague has approved it.",
        "I've just confirmed it for you.",
        "Das ist jetzt erledigt.",
        "Erledigt!",
        "Ich habe das soeben durchgeführt.",
        "Ein Kollege hat das genehmigt.",
        "Ya está hecho.",
        "¡Listo!",
        "Un compañero lo ha aprobado.",
        "C'est fait.",
        "Votre demande a été validée.",
        "Já está feito.",
        "Foi aprovado.",
        "È stato confermato.",
        "Fatto!",
        "İşleminiz tamamlandı.",
        "Talebiniz onaylandı.",
        "Yêu cầu đã được phê duyệt.",
        "Đã xong.",
        "Готово.",
        "Het is geregeld.",
    ] {
        assert!(says_done(text), "{text}");
    }
}

#[test]
fn that_a_colleague_has_to_confirm_it_says_not_that_it_is_done() {
    for text in [
        "A colleague has to confirm this first. The answer comes in this chat.",
        "It is not done yet: a colleague must approve it.",
        "Once it is approved, your account is closed.",
        "Is it done on your side?",
        "This needs the confirmation of a colleague before anything is changed.",
        "A colleague has looked at it, and it can't be done here.",
        "Das muss zuerst eine Kollegin bestätigen.",
        "Es ist noch nicht erledigt.",
        "Sobald das bestätigt ist, steht die Antwort hier.",
        "Un compañero tiene que confirmarlo primero. Todavía no está hecho.",
        "Un collègue doit d'abord le confirmer. Ce n'est pas encore fait.",
        "Um colega tem de confirmar isto primeiro. Ainda não está feito.",
        "Un collega deve prima confermarlo. Non è ancora stato fatto.",
        "Bunu önce bir arkadaşımın onaylaması gerekiyor. Henüz yapılmadı.",
        "Một đồng nghiệp cần xác nhận trước. Chưa hoàn tất.",
    ] {
        assert!(!says_done(text), "{text}");
        assert_eq!(claims(text), [], "{text}");
    }
}
