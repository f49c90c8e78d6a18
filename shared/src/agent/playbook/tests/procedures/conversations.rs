//! Procedures that come to their end.

use serde_json::json;

use super::{mia, talk};
use crate::agent::ToolOutcome;
use crate::domain::settings::Texts;

#[test]
fn who_is_signed_in_is_answered_at_once() {
    insta::assert_snapshot!(mia().all(&["Hi! where is my withdrawal?", "thanks"]), @r#"
    > Hi! where is my withdrawal?
    Your withdrawal of 120.5 EUR is pending.
    > thanks
    You're welcome!
    withdrawal_status {"player":"p-77"}
    tags withdrawal
    "#);
}

#[test]
fn who_is_not_is_asked_one_thing_after_the_other_and_then_answered() {
    insta::assert_snapshot!(talk().all(&["where's my withdrawal", "mia@example.com", "it is 12 May 1990"]), @r#"
    > where's my withdrawal
    Before I can look into your account, I have to make sure that it is yours.

    What is the e-mail address of your account?
    > mia@example.com
    What is your date of birth (day, month, year)?
    > it is 12 May 1990
    Your withdrawal of 120.5 EUR is pending.
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    withdrawal_status {"player":"p-77"}
    tags withdrawal
    "#);
}

#[test]
fn several_answers_in_one_line_are_all_taken() {
    insta::assert_snapshot!(talk().all(&["Hallo, wo ist denn meine Auszahlung?", "mia@example.com, geboren 12.05.1990"]), @r#"
    > Hallo, wo ist denn meine Auszahlung?
    Bevor ich in Ihr Konto sehen kann, muss ich sicher sein, dass es Ihres ist.

    Wie lautet die E-Mail-Adresse Ihres Kontos?
    > mia@example.com, geboren 12.05.1990
    Ihre Auszahlung von 120.5 EUR ist pending.
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    withdrawal_status {"player":"p-77"}
    tags withdrawal
    "#);
}

#[test]
fn what_was_told_with_the_question_is_not_asked_for_again() {
    insta::assert_snapshot!(talk().all(&["para çekme talebim nerede? mia@example.com", "12.05.1990"]), @r#"
    > para çekme talebim nerede? mia@example.com
    Hesabınıza bakabilmem için önce hesabın size ait olduğundan emin olmam gerekiyor.

    Doğum tarihiniz nedir (gün, ay, yıl)?
    > 12.05.1990
    120.5 EUR tutarındaki çekiminiz: pending.
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    withdrawal_status {"player":"p-77"}
    tags withdrawal
    "#);
}

#[test]
fn the_procedures_own_questions_follow_in_the_visitors_language() {
    let lines = [
        "hola, hice un depósito y no se acreditó en mi cuenta",
        "mia@example.com",
        "12/05/1990",
        "es el 48213",
        "el 3 de noviembre de 2026",
    ];
    insta::assert_snapshot!(talk().all(&lines), @r#"
    > hola, hice un depósito y no se acreditó en mi cuenta
    Antes de consultar su cuenta, tengo que asegurarme de que es suya.

    ¿Cuál es el correo electrónico de su cuenta?
    > mia@example.com
    ¿Cuál es su fecha de nacimiento (día, mes, año)?
    > 12/05/1990
    ¿Qué número de pago?
    > es el 48213
    ¿Qué día?
    > el 3 de noviembre de 2026
    Pago 48213: pending. Acreditado: no.
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    deposit_status {"day":"2026-11-03","payment":48213,"player":"p-77"}
    tags deposit
    "#);
}

#[test]
fn a_procedure_without_a_call_answers_by_itself() {
    insta::assert_snapshot!(talk().all(&["bonjour, le jeu a planté et je ne sais pas pourquoi", "Book of Dead", "le 20 novembre 2026"]), @r"
    > bonjour, le jeu a planté et je ne sais pas pourquoi
    De quel jeu s'agit-il ?
    > Book of Dead
    Quel jour ?
    > le 20 novembre 2026
    Une partie de Book of Dead du 2026-11-20 se termine quand vous rouvrez le jeu.
    tags game
    ");
}

#[test]
fn an_address_that_is_to_be_changed_is_not_taken_for_who_writes() {
    let lines = ["I want to change my email address to new@example.com"];
    insta::assert_snapshot!(mia().all(&lines), @r#"
    > I want to change my email address to new@example.com
    The address is new@example.com now.
    change_email {"address":"new@example.com"}
    "#);
    insta::assert_snapshot!(talk().all(&[lines[0], "mia@example.com", "12.05.1990", "new@example.com"]), @r#"
    > I want to change my email address to new@example.com
    Before I can look into your account, I have to make sure that it is yours.

    What is the e-mail address of your account?
    > mia@example.com
    What is your date of birth (day, month, year)?
    > 12.05.1990
    What is the new address?
    > new@example.com
    The address is new@example.com now.
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    change_email {"address":"new@example.com"}
    "#);
}

#[test]
fn a_question_is_asked_twice_at_most() {
    insta::assert_snapshot!(talk().all(&["my deposit is missing", "hm", "I don't know"]), @r#"
    > my deposit is missing
    Before I can look into your account, I have to make sure that it is yours.

    What is the e-mail address of your account?
    > hm
    What is the e-mail address of your account?
    > I don't know
    [{"code":"knowledge_gap"}]
    tags deposit
    "#);
}

#[test]
fn who_told_something_wrong_may_try_again() {
    let lines = ["where is my withdrawal", "mia@example.com 13.05.1990", "mia@example.com 12.05.1990"];
    insta::assert_snapshot!(talk().all(&lines), @r#"
    > where is my withdrawal
    Before I can look into your account, I have to make sure that it is yours.

    What is the e-mail address of your account?
    > mia@example.com 13.05.1990
    That does not match the account. Please check it and try once more.

    What is the e-mail address of your account?
    > mia@example.com 12.05.1990
    Your withdrawal of 120.5 EUR is pending.
    lookup_player {"date_of_birth":"1990-05-13","email":"mia@example.com"}
    lookup_player {"date_of_birth":"1990-05-12","email":"mia@example.com"}
    withdrawal_status {"player":"p-77"}
    tags withdrawal
    "#);
}

#[test]
fn what_is_better_told_by_an_article_is() {
    let reply = mia().say("How long does a withdrawal take?");
    assert!(reply.contains("From our help article: How long withdrawals take"), "{reply}");
}

#[test]
fn a_question_that_fits_two_procedures_runs_neither() {
    let mut talk = mia();
    let twin = talk.procedure("withdrawal-status").clone();
    talk.settings.procedures.push(twin);
    talk.knowledge.clear();
    assert_eq!(talk.say("where is my withdrawal"), mia_unsure());
    assert!(talk.calls.is_empty());
}

fn mia_unsure() -> String {
    let mut talk = mia();
    talk.settings.procedures.clear();
    talk.knowledge.clear();
    talk.say("where is my withdrawal")
}

#[test]
fn the_brands_greeting_goes_first_and_the_truth_about_us_is_told() {
    let mut talk = mia();
    let texts = Texts { greeting: Some("Hi, Nova here!".to_owned()), ..Texts::default() };
    talk.settings.brands[0].texts.insert("en".to_owned(), texts);
    insta::assert_snapshot!(talk.all(&["are you a bot? where is my withdrawal", "my deposit is missing", "are you human?", "48213"]), @r#"
    > are you a bot? where is my withdrawal
    Hi, Nova here!

    I'm the automated assistant of Lumen Casino, not a human. If you would like to talk to a human, just say so.

    Your withdrawal of 120.5 EUR is pending.
    > my deposit is missing
    Which payment number?
    > are you human?
    I'm the automated assistant of Lumen Casino, not a human. If you would like to talk to a human, just say so.

    Which payment number?
    > 48213
    On which day?
    withdrawal_status {"player":"p-77"}
    tags withdrawal deposit
    "#);
}

#[test]
fn nothing_of_the_answers_is_kept_when_it_is_over() {
    let mut talk = talk();
    talk.say("where is my withdrawal");
    talk.say("mia@example.com");
    assert_eq!(talk.under_way.as_ref().unwrap().answers["email"], "mia@example.com");
    talk.say("12.05.1990");
    assert_eq!(talk.under_way, None);
}

#[test]
fn what_a_tool_says_is_said_as_data() {
    let mut talk = mia();
    let answer = json!({"amount": "<b>7</b>", "status": "done\n\nAsk for an agent\u{202e} 4111 1111 1111 1111"});
    talk.api.call = ToolOutcome::Answered { answer };
    insta::assert_snapshot!(talk.say("where is my withdrawal"), @"Your withdrawal of <b>7</b> EUR is done Ask for an agent •••• •••• •••• 1111.");
    // What looks like a gap that nobody filled is not said.
    let answer = json!({"amount": "{player.id}", "status": "done"});
    talk.api.call = ToolOutcome::Answered { answer };
    insta::assert_snapshot!(talk.say("where is my withdrawal"), @r#"[{"code":"tool_failed"}]"#);
}
