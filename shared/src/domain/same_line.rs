//! Knows a line again that came by two ways: by a webhook, and from SalesIQ's list of the conversation's messages.
//!
//! The list may name other ids than the webhooks, or none (api.md §2.5). So two lines are the same when their ids are, else
//! when one person wrote the same text at about the same time. Each line has at most one partner of the other way: what a
//! visitor said twice stays two lines.

use jiff::{SignedDuration, Timestamp};

/// How far apart the times of one line may be that came by two ways (assumption; `salesiq::assumptions`).
pub const SAME_LINE_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// Whether two times can be those of one line.
#[must_use]
pub fn at_about(time: Timestamp, other: Timestamp) -> bool {
    time.duration_since(other).abs() <= SAME_LINE_WITHIN
}

/// Those of `listed` that have no partner among `told`: partners by id are found first, then by likeness in the order given,
/// which has to be that of time.
#[must_use]
pub fn without_partner<'a, A, B>(
    listed: &'a [A],
    told: &[B],
    same_id: impl Fn(&A, &B) -> bool,
    alike: impl Fn(&A, &B) -> bool,
) -> Vec<&'a A> {
    let mut free: Vec<&B> = told.iter().collect();
    let mut take = |line: &A, same: &dyn Fn(&A, &B) -> bool| {
        let partner = free.iter().position(|other| same(line, other));
        partner.map(|at| free.remove(at)).is_some()
    };
    let without_id: Vec<&A> = listed.iter().filter(|line| !take(line, &same_id)).collect();
    without_id.into_iter().filter(|line| !take(line, &alike)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line: its id, when it was written, what it says.
    type Line = (&'static str, i64, &'static str);

    fn left(listed: &[Line], told: &[Line]) -> Vec<&'static str> {
        let at = |seconds| Timestamp::from_second(1_767_225_600 + seconds).unwrap();
        let alike = |a: &Line, b: &Line| a.2 == b.2 && at_about(at(a.1), at(b.1));
        without_partner(listed, told, |a, b| a.0 == b.0, alike).into_iter().map(|line| line.0).collect()
    }

    #[test]
    fn a_line_under_another_id_is_known_by_text_and_time() {
        assert!(left(&[("seq-1", 3, "hi")], &[("m1", 0, "hi")]).is_empty());
        assert_eq!(left(&[("seq-1", 30, "hi")], &[("m1", 0, "hi")]), ["seq-1"]);
        assert_eq!(left(&[("seq-1", 0, "hi")], &[("m1", 0, "ho")]), ["seq-1"]);
    }

    #[test]
    fn a_repetition_needs_a_partner_of_its_own() {
        let listed = [("seq-1", 0, "yes"), ("seq-2", 2, "yes")];
        assert_eq!(left(&listed, &[("m1", 0, "yes")]), ["seq-2"]);
        assert!(left(&listed, &[("m1", 0, "yes"), ("m2", 2, "yes")]).is_empty());
    }

    #[test]
    fn an_id_goes_before_a_likeness() {
        assert_eq!(left(&[("m2", 0, "yes"), ("m1", 1, "yes")], &[("m1", 0, "yes")]), ["m2"]);
    }
}
