//! How far a share that was counted on a few cases can be trusted.

use serde::Serialize;

/// The 97.5 % quantile of the normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Bounds between which the true share lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "[f64; 2]")]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [rounded(interval.low), rounded(interval.high)]
    }
}

/// A share of some cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// How many.
    pub(super) hits: usize,
    /// Out of how many; never fewer.
    pub(super) of: usize,
}

impl Share {
    pub(super) fn new(hits: usize, of: usize) -> Self {
        Self { hits: hits.min(of), of }
    }

    /// From 0 to 1; none of no cases.
    #[allow(clippy::cast_precision_loss, reason = "a set has far fewer than 2^52 cases")]
    pub(super) fn ratio(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// Wilson's score interval, 95 %, without correction for continuity. Unlike the usual one it also holds for few cases
    /// and for shares near 0 and 1: none missed of 20 does not mean that none ever will be.
    #[allow(clippy::cast_precision_loss, reason = "a set has far fewer than 2^52 cases")]
    pub(super) fn interval(self) -> Option<Interval> {
        let ratio = self.ratio()?;
        let cases = self.of as f64;
        let square = Z * Z;
        let centre = (ratio + square / (2.0 * cases)) / (1.0 + square / cases);
        let spread = ratio * (1.0 - ratio) / cases + square / (4.0 * cases * cases);
        let half = Z * spread.sqrt() / (1.0 + square / cases);
        Some(Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
    }
}

/// To four digits: more would pretend a precision that there is not.
pub(super) fn rounded(ratio: f64) -> f64 {
    (ratio * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
    /// method 3.
    #[test]
    fn the_intervals_are_the_published_ones() {
        let bounds = |hits, of| {
            let interval = Share::new(hits, of).interval().expect("cases");
            format!("{:.4} {:.4}", interval.low, interval.high)
        };
        assert_eq!(bounds(81, 263), "0.2553 0.3662");
        assert_eq!(bounds(15, 148), "0.0624 0.1605");
        assert_eq!(bounds(0, 20), "0.0000 0.1611");
        assert_eq!(bounds(1, 29), "0.0061 0.1718");
    }

    #[test]
    fn of_no_cases_nothing_can_be_said() {
        assert_eq!((Share::new(0, 0).ratio(), Share::new(0, 0).interval()), (None, None));
    }

    proptest! {
        #[test]
        fn the_share_lies_within_its_interval(of in 1_usize..2_000, hits in 0_usize..2_000) {
            let share = Share::new(hits, of);
            let (ratio, interval) = (share.ratio().expect("cases"), share.interval().expect("cases"));
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.low <= ratio + 1e-12 && ratio <= interval.high + 1e-12);
        }

        #[test]
        fn more_cases_narrow_it(of in 1_usize..500, hits in 0_usize..500) {
            let width = |share: Share| share.interval().map(|interval| interval.high - interval.low).expect("cases");
            let hits = hits.min(of);
            prop_assert!(width(Share::new(hits * 2, of * 2)) < width(Share::new(hits, of)));
        }
    }
}
