//! Procedures that are left.

use super::{mia, talk};

#[test]
fn a_visitor_may_let_go_of_it() {
    insta::assert_snapshot!(talk().all(&["where is my withdrawal", "never mind", "mia@example.com"]), @r"
    > where is my withdrawal
    Before I can look into your account, I have to make sure that it is yours.

    What is the e-mail address of your account?
    > never mind
    All right. If you have another question, just write it here.
    > mia@example.com
    I'm not sure that I understood. Could you describe in a sentence or two what it is about?
    tags withdrawal
    ");
    insta::assert_snapshot!(talk().all(&["wo bleibt meine Auszahlung", "hat sich erledigt"]), @r"
    > wo bleibt meine Auszahlung
    Bevor ich in Ihr Konto sehen kann, muss ich sicher sein, dass es Ihres ist.

    Wie lautet die E-Mail-Adresse Ihres Kontos?
    > hat sich erledigt
    In Ordnung. Wenn Sie noch eine Frage haben, schreiben Sie sie einfach hier.
    tags withdrawal
    ");
}

#[test]
fn thanks_and_goodbye_end_it() {
    let mut talk = talk();
    talk.say("où est mon retrait");
    assert!(talk.under_way.is_some());
    insta::assert_snapshot!(talk.say("merci, au revoir"), @"Au revoir, et merci de nous avoir écrit !");
    assert_eq!(talk.under_way, None);
}

#[test]
fn an_ok_and_a_hello_do_not() {
    let mut talk = talk();
    let question = talk.say("where is my withdrawal");
    let again = talk.say("ok");
    assert!(question.ends_with(&again), "{again}");
}

#[test]
fn another_question_is_answered_instead() {
    let lines = ["where is my withdrawal", "which documents do you need to verify my account?"];
    let record = talk().all(&lines);
    assert!(record.contains("From our help article"), "{record}");
}

#[test]
fn another_procedure_takes_its_place() {
    insta::assert_snapshot!(mia().all(&["my deposit is missing", "the game crashed", "Starburst", "1.11.2026"]), @r"
    > my deposit is missing
    Which payment number?
    > the game crashed
    Which game was it?
    > Starburst
    On which day?
    > 1.11.2026
    An open round of Starburst from 2026-11-01 ends when you open the game again.
    tags deposit game
    ");
}

#[test]
fn a_question_about_our_question_is_no_other_question() {
    let mut talk = talk();
    let question = talk.say("where is my withdrawal");
    let again = talk.say("which e-mail address?");
    assert!(question.ends_with(&again), "{again}");
}

#[test]
fn a_free_answer_is_not_taken_for_another_question() {
    let mut talk = talk();
    talk.say("the game crashed");
    assert_eq!(talk.say("a slot with a bonus round"), "On which day?");
    assert_eq!(talk.under_way.unwrap().answers["game"], "a slot with a bonus round");
}

#[test]
fn what_is_grave_goes_before_everything() {
    for (line, code) in [
        ("I want to kill myself", "self_harm"),
        ("ich bin spielsüchtig", "responsible_gaming"),
        ("agent please", "visitor_asked"),
        ("mia@example.com and I will call my lawyer", "legal"),
    ] {
        let mut talk = talk();
        talk.say("where is my withdrawal");
        let escalation = talk.say(line);
        assert!(escalation.contains(code), "{line}: {escalation}");
        assert_eq!((talk.under_way, talk.calls), (None, Vec::new()));
    }
}

#[test]
fn a_procedure_that_is_no_longer_there_is_left() {
    let mut talk = talk();
    talk.say("where is my withdrawal");
    talk.settings.procedures.clear();
    let reply = talk.say("how do I set a deposit limit?");
    assert!(reply.contains("From our help article"), "{reply}");
    assert_eq!(talk.under_way, None);
}
