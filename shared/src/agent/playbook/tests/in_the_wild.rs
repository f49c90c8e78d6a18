//! What visitors really write: without accents, with slips of the keys, in slang, indirectly.

use crate::agent::understanding::intent;
use crate::domain::verdict::EscalationReason;

fn told(text: &str) -> Option<EscalationReason> {
    intent::read(text).reason
}

#[test]
fn self_harm_is_told_however_it_is_written() {
    for text in [
        "im going to kms",
        "i just want it all to be over, i dont want to wake up tomorrow",
        "nobody would miss me if i was gone",
        "i have no reason to live anymore",
        "ich kann nicht mehr, ich will einfach nur sterben",
        "ich hab keinen lebenswillen mehr",
        "ya no quiero vivir mas",
        "no le veo sentido a la vida",
        "j'en peux plus de vivre je veux en finir",
        "je pense au suicide",
        "nao aguento mais viver",
        "vou me jogar da ponte",
        "non ho piu voglia di vivere",
        "voglio ammazzarmi",
        "artik yasamak istemiyorum",
        "kendimi asicam",
        "toi khong muon song nua",
        "toi chi muon chet di cho xong",
    ] {
        assert_eq!(told(text), Some(EscalationReason::SelfHarm), "{text}");
    }
}

#[test]
fn child_safety_is_told_however_it_is_written() {
    for text in [
        "im 15 can i still play",
        "I'm only 16 but i used my dads card",
        "my son is 14 and he used my account",
        "my daughter (13) deposited with my card",
        "i am under 18",
        "a minor is playing on this site",
        "there is a child being abused in this house",
        "someone sent me nude pictures of a child",
        "ich bin 16 darf ich spielen",
        "mein sohn ist 15 und spielt mit meinem konto",
        "ich bin noch minderjährig",
        "tengo 15 años y quiero jugar",
        "soy menor de edad",
        "mi hijo de 14 años jugó con mi tarjeta",
        "j'ai 16 ans",
        "je suis mineur",
        "mon fils de 15 ans joue sur mon compte",
        "tenho 16 anos",
        "sou menor de idade",
        "meu filho de 14 anos usou meu cartão",
        "ho 16 anni posso giocare?",
        "sono minorenne",
        "mio figlio di 14 anni ha usato la mia carta",
        "15 yaşındayım",
        "18 yaşından küçüğüm",
        "oğlum 14 yaşında benim hesabımdan oynamış",
        "tôi 15 tuổi",
        "em chưa đủ 18 tuổi",
        "con trai tôi 14 tuổi dùng tài khoản của tôi để chơi",
    ] {
        assert_eq!(told(text), Some(EscalationReason::ChildSafety), "{text}");
    }
}

#[test]
fn responsible_gaming_is_told_however_it_is_written() {
    for text in [
        "I bet my rent money",
        "i spent my whole salary here",
        "ive lost everything because of your slots",
        "i think i have a gambling problem",
        "please block me forever i cant control myself",
        "my husband is a gambling addict",
        "i keep depositing and i cant stop",
        "i am in debt because of gambling",
        "ich habe alles verzockt",
        "ich hab mein ganzes gehalt verspielt",
        "bitte sperrt mich, ich hab keine kontrolle mehr",
        "ich komm vom zocken nicht los",
        "me gasté todo el sueldo en las tragamonedas",
        "no puedo parar de apostar",
        "creo que soy adicto",
        "mi marido tiene problemas con el juego",
        "j'ai perdu tout mon salaire",
        "je suis dépendant aux jeux",
        "bloquez moi je n'arrive plus à m'arrêter",
        "perdi todo meu salario",
        "não consigo parar de apostar",
        "acho que estou viciado",
        "ho perso tutto lo stipendio alle slot",
        "non riesco a smettere di scommettere",
        "mi sono rovinato con il gioco",
        "kumar yüzünden her şeyimi kaybettim",
        "maaşımın hepsini yatırdım kaybettim",
        "kendimi durduramıyorum",
        "tôi thua hết tiền lương rồi",
        "tôi không thể dừng chơi",
        "toi nghien co bac nang roi",
    ] {
        assert_eq!(told(text), Some(EscalationReason::ResponsibleGaming), "{text}");
    }
}

#[test]
fn fraud_is_told_however_it_is_written() {
    for text in [
        "someone logged into my account from russia",
        "there is a withdrawal i didnt make",
        "my account has been hackd",
        "somebody is using my identity on your site",
        "I did not authorise this payment",
        "money was taken from my account without my permission",
        "i got scammed by someone pretending to be your support",
        "jemand hat sich in mein konto eingeloggt",
        "ich habe diese einzahlung nicht gemacht",
        "mein geld wurde gestohlen",
        "da war jemand in meinem account",
        "alguien entró en mi cuenta",
        "me robaron el dinero de la cuenta",
        "hay un retiro que no hice",
        "quelqu'un s'est connecté à mon compte",
        "je n'ai pas fait ce retrait",
        "on m'a volé mon compte",
        "alguém entrou na minha conta",
        "não fiz esse saque",
        "clonaram meu cartão",
        "qualcuno è entrato nel mio account",
        "non ho fatto io questo prelievo",
        "mi hanno clonato la carta",
        "birisi hesabıma girmiş",
        "bu çekimi ben yapmadım",
        "kartım bilgim dışında kullanılmış",
        "có người đăng nhập vào tài khoản của tôi",
        "tôi không thực hiện giao dịch này",
        "thẻ của tôi bị đánh cắp",
    ] {
        assert_eq!(told(text), Some(EscalationReason::Fraud), "{text}");
    }
}

#[test]
fn legal_is_told_however_it_is_written() {
    for text in [
        "ill see you in court",
        "my solicitor will be in touch",
        "i will report you to the regulator",
        "I'm going to the police",
        "wir sehen uns vor gericht",
        "ich werde rechtliche schritte einleiten",
        "mein anwalt meldet sich",
        "los voy a demandar",
        "voy a poner una denuncia",
        "je vais contacter mon avocat",
        "je vais saisir la justice",
        "vou processar voces",
        "vou no procon",
        "vi porto in tribunale",
        "farò causa",
        "sizi mahkemeye vereceğim",
        "avukatıma vereceğim",
        "tôi sẽ nhờ luật sư",
        "tôi sẽ báo công an",
    ] {
        assert_eq!(told(text), Some(EscalationReason::Legal), "{text}");
    }
}

#[test]
fn a_wish_for_a_human_is_told_however_it_is_written() {
    for text in [
        "i want to speak with someone real",
        "can a human help me",
        "stop with the bot, get me someone",
        "real person pls",
        "talk to agnet",
        "i want to talk to your manager",
        "can someone call me",
        "ich will mit einem richtigen menschen reden",
        "kann ich bitte mit jemand aus dem team sprechen",
        "kein bot bitte",
        "menschlichen support bitte",
        "quiero hablar con alguien de verdad",
        "pasame con una persona",
        "un asesor por favor",
        "no quiero un robot",
        "je veux parler à quelqu'un",
        "un conseiller svp",
        "je veux pas parler à un robot",
        "quero falar com alguém de verdade",
        "me passa pra um atendente",
        "não quero falar com robô",
        "voglio parlare con qualcuno",
        "mi passa un operatore",
        "non voglio parlare con un bot",
        "gerçek biriyle görüşmek istiyorum",
        "müşteri hizmetlerine bağlar mısınız",
        "canlı desteğe bağlan",
        "cho tôi gặp người thật",
        "tôi muốn nói chuyện với nhân viên",
        "gap nhan vien",
    ] {
        assert_eq!(told(text), Some(EscalationReason::VisitorAsked), "{text}");
    }
}
