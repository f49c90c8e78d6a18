//! Knows a line again that came by two ways: by a webhook, and from SalesIQ's list of the conversation's messages.
//!
//! The list may name other ids than the webhooks, or none (api.md §2.5). So two lines are the same when their ids are, else
//! when one person wrote the same text at about the same time, or, since a line may be edited, a visitor at exactly the same
//! time. Each line has at most one partner of the other way: what a
//! visitor said twice stays two lines.

use jiff::{SignedDuration, Timestamp};

/// How far apart the times of one line may be that came by two ways (assumption; `salesiq::assumptions`).
pub const SAME_LINE_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// The same for an operator's line.
const SAME_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// Whether two times can be those of one line.
#[must_use]
pub fn at_about(time: Timestamp, other: Timestamp) -> bool {
    time.duration_since(other).abs() <= SAME_LINE_WITHIN
}

/// The same for an operator's line. Canned words are said again within seconds, and a human who is not heard is talked over.
#[must_use]
pub fn at_the_same_moment(time: Timestamp, other: Timestamp) -> bool {
    time.duration_since(other).abs() <= SAME_MOMENT
}

/// Those of `listed` that have no partner among `told`: partners by id are found first, then as many by likeness as can be.
#[must_use]
pub fn without_partner<'a, A, B>(
    listed: &'a [A],
    told: &[B],
    same_id: impl Fn(&A, &B) -> bool,
    alike: impl Fn(&A, &B) -> bool,
) -> Vec<&'a A> {
    let mut free: Vec<&B> = told.iter().collect();
    let mut without_id: Vec<&A> = Vec::new();
    for line in listed {
        match free.iter().position(|other| same_id(line, other)) {
            Some(at) => drop(free.remove(at)),
            None => without_id.push(line),
        }
    }
    let likely: Vec<Vec<usize>> =
        without_id.iter().map(|line| (0..free.len()).filter(|other| alike(line, free[*other])).collect()).collect();
    let mut partners = vec![None; free.len()];
    let paired: Vec<bool> =
        (0..likely.len()).map(|line| pair(line, &likely, &mut partners, &mut vec![false; free.len()])).collect();
    without_id.into_iter().zip(paired).filter(|(_, paired)| !paired).map(|(line, _)| line).collect()
}

/// Finds a partner for a line, if need be by finding another one for the line that has it.
fn pair(line: usize, likely: &[Vec<usize>], partners: &mut [Option<usize>], asked: &mut [bool]) -> bool {
    for &other in &likely[line] {
        if std::mem::replace(&mut asked[other], true) {
            continue;
        }
        let has_it = partners[other];
        if has_it.is_none_or(|holder| pair(holder, likely, partners, asked)) {
            partners[other] = Some(line);
            return true;
        }
    }
    false
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
    fn as_many_as_can_be_have_a_partner() {
        // The second can only be m1's, so the first is m2's.
        let listed = [("seq-1", 4, "yes"), ("seq-2", -4, "yes")];
        assert!(left(&listed, &[("m1", 0, "yes"), ("m2", 8, "yes")]).is_empty());
    }

    #[test]
    fn an_id_goes_before_a_likeness() {
        assert_eq!(left(&[("m2", 0, "yes"), ("m1", 1, "yes")], &[("m1", 0, "yes")]), ["m2"]);
    }
}
