//! What is understood by wording alone, as sentences of each language.

use super::chat;
use crate::domain::verdict::EscalationReason;

#[test]
fn a_wish_for_a_human_is_understood_in_every_language() {
    for wish in [
        "I want to talk to a real person",
        "agent please",
        "human",
        "Can I speak with someone?",
        "give me a human!!",
        "AGENT",
        "can you call a colleague",
        "ich brauche Hilfe von einem Mitarbeiter",
        "no. I want a human",
        "I don't want to talk to a bot",
        "Hi, live agent please",
        "is there a real person I can talk to?",
        "connect me to an operator",
        "I don't need a bot, I want a human",
        "transfer me to customer service",
        "speak to a manager",
        "why can't i talk to a human",
        "Mitarbeiter sprechen",
        "Ich möchte mit einem Menschen sprechen",
        "echten Mitarbeiter bitte",
        "Mensch bitte",
        "Mitarbeiter",
        "verbinden Sie mich mit einem Mitarbeiter",
        "kann ich mit jemandem reden?",
        "Ich will einen menschlichen Ansprechpartner",
        "ich will nicht mit einem Bot reden",
        "quiero hablar con una persona",
        "Necesito un agente",
        "ayuda humana",
        "agente por favor",
        "pásame con un asesor",
        "QUIERO HABLAR CON ALGUIEN REAL",
        "no quiero hablar con un robot",
        "je veux parler à un humain",
        "parler à un conseiller svp",
        "un vrai humain s'il vous plaît",
        "je voudrais un agent",
        "passez-moi un conseiller",
        "conseiller",
        "j'aimerais parler avec quelqu'un",
        "quero falar com um atendente",
        "atendente por favor",
        "falar com uma pessoa de verdade",
        "preciso de um humano",
        "atendimento humano",
        "voglio parlare con un operatore",
        "operatore",
        "vorrei parlare con una persona reale",
        "mi passi un operatore per favore",
        "assistenza umana",
        "gerçek bir insanla konuşmak istiyorum",
        "müşteri temsilcisine bağlanmak istiyorum",
        "temsilci istiyorum",
        "canlı destek",
        "beni bir temsilciye bağlayın",
        "bir yetkiliyle görüşmek istiyorum",
        "tôi muốn nói chuyện với người thật",
        "toi muon gap nhan vien",
        "cho tôi gặp nhân viên",
        "nhân viên tư vấn",
        "nguoi that",
        "chuyển tôi cho tư vấn viên",
    ] {
        assert_eq!(chat(&[wish]).escalation(), Some(EscalationReason::VisitorAsked), "{wish}");
    }
}

#[test]
fn a_wish_may_be_spread_over_lines() {
    assert_eq!(chat(&["i want to talk", "to a human"]).escalation(), Some(EscalationReason::VisitorAsked));
    assert_eq!(
        chat(&["hello", "how long does a withdrawal take", "agent"]).escalation(),
        Some(EscalationReason::VisitorAsked)
    );
}

#[test]
fn declining_a_human_is_no_wish_for_one() {
    for text in [
        "I don't need a human",
        "no agent please",
        "I do not want to speak to a person",
        "can I withdraw without an agent?",
        "Ich brauche keinen Mitarbeiter",
        "ich will nicht mit einem Menschen sprechen",
        "kein Mensch nötig",
        "no quiero un agente",
        "no necesito hablar con una persona",
        "sin agente",
        "je ne veux pas d'agent",
        "pas besoin d'un humain",
        "je ne veux pas parler à un conseiller",
        "não quero falar com um atendente",
        "não preciso de atendente",
        "non voglio un operatore",
        "non voglio parlare con un operatore",
        "non ho bisogno di una persona",
        "temsilciyle görüşmek istemiyorum",
        "insan istemiyorum",
        "tôi không cần nhân viên",
        "không muốn nói chuyện với người thật",
    ] {
        assert_eq!(chat(&[text]).escalation(), None, "{text}");
    }
}

#[test]
fn asked_whether_it_is_human_it_tells_the_truth() {
    for (question, truth) in [
        ("are you a human?", "automated assistant"),
        ("Am I talking to a real person?", "automated assistant"),
        ("are you a bot", "automated assistant"),
        ("you're a bot, right?", "automated assistant"),
        ("who am I talking to?", "automated assistant"),
        ("is this a bot?", "automated assistant"),
        ("human or bot?", "automated assistant"),
        ("Bist du ein Mensch?", "kein Mensch"),
        ("Spreche ich mit einem echten Menschen?", "kein Mensch"),
        ("¿Eres un robot?", "no una persona"),
        ("¿Estoy hablando con una persona?", "no una persona"),
        ("Êtes-vous un humain ?", "pas un humain"),
        ("vous êtes un robot ?", "pas un humain"),
        ("Você é um robô?", "não uma pessoa"),
        ("Estou falando com uma pessoa?", "não uma pessoa"),
        ("Sei una persona reale?", "non una persona"),
        ("sto parlando con un robot?", "non una persona"),
        ("Sen insan mısın?", "insan değilim"),
        ("robot musun", "insan değilim"),
        ("Bạn là người thật hay bot?", "không phải con người"),
        ("ban la robot a", "không phải con người"),
    ] {
        assert_eq!(chat(&[question]).escalation(), None, "{question}");
        let reply = chat(&[question]).reply();
        assert!(reply.contains(truth) && reply.contains("Lumen Casino"), "{question}: {reply}");
    }
}

#[test]
fn the_truth_does_not_replace_the_answer() {
    let chat = chat(&["Are you a bot? How long does a withdrawal take?"]);
    assert!(chat.reply().starts_with("I'm the automated assistant of Lumen Casino"));
    assert_eq!(chat.source().as_deref(), Some("withdrawal-times"));
}

#[test]
fn small_talk_is_answered_in_kind() {
    for (text, reply) in [
        ("hi", "Hello!\n\nHow can I help you?"),
        ("Hello there 👋", "Hello!\n\nHow can I help you?"),
        ("thank you so much!", "You're welcome!"),
        ("thanks, bye", "Goodbye, and thank you for writing!"),
        ("ok thanks", "You're welcome!"),
        ("Guten Morgen", "Hallo!\n\nWie kann ich Ihnen helfen?"),
        ("vielen Dank", "Gern geschehen!"),
        ("tschüss", "Auf Wiedersehen, und danke für Ihre Nachricht!"),
        ("¡Hola!", "¡Hola!\n\n¿En qué puedo ayudarle?"),
        ("muchas gracias", "¡De nada!"),
        ("adios", "¡Hasta luego y gracias por escribirnos!"),
        ("bonjour", "Bonjour !\n\nComment puis-je vous aider ?"),
        ("merci beaucoup", "Je vous en prie !"),
        ("au revoir", "Au revoir, et merci de nous avoir écrit !"),
        ("olá, tudo bem?", "Olá!\n\nComo posso ajudar?"),
        ("muito obrigada", "De nada!"),
        ("tchau", "Até logo, e obrigado por escrever!"),
        ("buongiorno", "Salve!\n\nCome posso aiutarla?"),
        ("grazie mille", "Prego!"),
        ("arrivederci", "Arrivederci, e grazie per averci scritto!"),
        ("merhaba", "Merhaba!\n\nSize nasıl yardımcı olabilirim?"),
        ("teşekkür ederim", "Rica ederim!"),
        ("gorusuruz", "Hoşça kalın, yazdığınız için teşekkürler!"),
        ("xin chào", "Xin chào!\n\nTôi có thể giúp gì cho bạn?"),
        ("cam on ban nhieu", "Không có gì!"),
        ("tạm biệt", "Tạm biệt và cảm ơn bạn đã nhắn tin!"),
    ] {
        assert_eq!(chat(&[text]).reply(), reply, "{text}");
        assert!(!chat(&[text]).clarifies(), "{text}");
    }
}

#[test]
fn what_needs_a_human_is_escalated_with_its_reason() {
    use EscalationReason::{Fraud, Frustrated, Legal, ResponsibleGaming, SelfHarm};
    for (text, reason) in [
        ("I want to kill myself", SelfHarm),
        ("i don't want to live anymore", SelfHarm),
        ("Ich will nicht mehr leben", SelfHarm),
        ("ich bringe mich um", SelfHarm),
        ("quiero morir", SelfHarm),
        ("no quiero vivir", SelfHarm),
        ("j'ai envie de mourir", SelfHarm),
        ("je veux me suicider", SelfHarm),
        ("quero me matar", SelfHarm),
        ("voglio farla finita", SelfHarm),
        ("intihar edeceğim", SelfHarm),
        ("ölmek istiyorum", SelfHarm),
        ("tôi muốn chết", SelfHarm),
        ("toi muon tu tu", SelfHarm),
        ("I'm addicted to gambling", ResponsibleGaming),
        ("I can't stop playing", ResponsibleGaming),
        ("i lost everything", ResponsibleGaming),
        ("please exclude me", ResponsibleGaming),
        ("ich bin spielsüchtig", ResponsibleGaming),
        ("ich habe alles verspielt", ResponsibleGaming),
        ("soy ludópata", ResponsibleGaming),
        ("no puedo dejar de jugar", ResponsibleGaming),
        ("je suis accro au jeu", ResponsibleGaming),
        ("je n'arrive plus à arrêter de jouer", ResponsibleGaming),
        ("sou viciado em jogos", ResponsibleGaming),
        ("não consigo parar de jogar", ResponsibleGaming),
        ("non riesco a smettere di giocare", ResponsibleGaming),
        ("soffro di ludopatia", ResponsibleGaming),
        ("kumar bağımlısıyım", ResponsibleGaming),
        ("oynamayı bırakamıyorum", ResponsibleGaming),
        ("tôi nghiện cờ bạc", ResponsibleGaming),
        ("tôi không thể ngừng chơi", ResponsibleGaming),
        ("my account was hacked", Fraud),
        ("someone used my card", Fraud),
        ("I never made this deposit", Fraud),
        ("mein Konto wurde gehackt", Fraud),
        ("jemand hat meine Karte benutzt", Fraud),
        ("me robaron la cuenta", Fraud),
        ("no reconozco este cargo", Fraud),
        ("mon compte a été piraté", Fraud),
        ("minha conta foi hackeada", Fraud),
        ("roubaram minha conta", Fraud),
        ("mi hanno rubato il conto", Fraud),
        ("hesabım çalındı", Fraud),
        ("tài khoản của tôi bị hack", Fraud),
        ("my lawyer will contact you", Legal),
        ("I will sue you", Legal),
        ("I'm going to report you to the gambling commission", Legal),
        ("Ich schalte meinen Anwalt ein", Legal),
        ("ich gehe vor Gericht", Legal),
        ("voy a llamar a mi abogado", Legal),
        ("je vais porter plainte", Legal),
        ("vou procurar o procon", Legal),
        ("vi denuncio, parlo col mio avvocato", Legal),
        ("avukatım arayacak", Legal),
        ("tôi sẽ kiện các bạn", Legal),
        ("this is ridiculous", Frustrated),
        ("you are useless", Frustrated),
        ("worst casino ever", Frustrated),
        ("das ist eine Frechheit", Frustrated),
        ("ich bin so sauer", Frustrated),
        ("esto es una vergüenza", Frustrated),
        ("estoy harto", Frustrated),
        ("c'est inadmissible", Frustrated),
        ("j'en ai marre", Frustrated),
        ("isso é um absurdo", Frustrated),
        ("vocês são uns ladrões", Frustrated),
        ("siete dei ladri", Frustrated),
        ("è una vergogna", Frustrated),
        ("bu tam bir rezalet", Frustrated),
        ("siz dolandırıcısınız", Frustrated),
        ("dịch vụ quá tệ", Frustrated),
        ("bọn lừa đảo", Frustrated),
    ] {
        assert_eq!(chat(&[text]).escalation(), Some(reason), "{text}");
    }
}

#[test]
fn plain_questions_are_not_taken_for_something_grave() {
    for text in [
        "how do I set a deposit limit",
        "I am not addicted, how do limits work",
        "từ từ đã",
        "tôi cần tư vấn về khuyến mãi",
        "điều kiện bạn đưa ra là gì",
        "I can't play the game",
        "what is self-exclusion",
        "I want an exclusive bonus",
        "I need support with my withdrawal",
        "give me casino bonus",
        "can I pay by cc",
        "what are you talking about",
        "o que é rollover?",
        "¿el retiro es automático?",
        "Guthaben anzeigen",
        "Siz ne öneriyorsunuz",
        "mất quá nhiều thời gian để rút tiền",
        "is the agent commission paid monthly",
        "I lost my password",
        "quel est le support de paiement",
        "I play on my phone",
        "bonus gerçek mi",
    ] {
        assert_eq!(chat(&[text]).escalation(), None, "{text}");
        assert!(!chat(&[text]).reply().contains("Lumen Casino"), "{text}");
    }
}
