//! Where new ids come from: one counter and one seeded generator, so that a run can be repeated.

/// The source of everything that must be new.
#[derive(Debug)]
pub(crate) struct Ids {
    next: u64,
    last_time_id: i64,
    next_reference: u64,
    random: fastrand::Rng,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { next: 100_001, last_time_id: 0, next_reference: 151, random: fastrand::Rng::with_seed(seed) }
    }

    /// A resource id: 18 digits, as SalesIQ's are, growing.
    pub(crate) fn id(&mut self) -> String {
        self.next += 2;
        format!("415000000{:09}", self.next)
    }

    /// A small number that counts the portal's visits (`reference_id`).
    pub(crate) fn reference(&mut self) -> String {
        self.next_reference += 1;
        self.next_reference.to_string()
    }

    /// An id that is also a time, as message ids and key ids are: now, or just later than the last one.
    pub(crate) fn time_id(&mut self, now: i64) -> String {
        self.last_time_id = now.max(self.last_time_id + 1);
        self.last_time_id.to_string()
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        let mut digits = self.random.digit(10).to_string().replace('0', "3");
        digits.extend((1..count).map(|_| self.random.digit(10)));
        digits
    }

    pub(crate) fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| self.random.digit(16)).collect::<String>().to_ascii_lowercase()
    }

    pub(crate) fn uuid(&mut self) -> String {
        format!("{}-{}-4{}-9{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }

    /// A whole number from 0 up to and including `most`.
    pub(crate) fn up_to(&mut self, most: i64) -> i64 {
        self.random.i64(0..=most.max(0))
    }

    /// A number in `0.0..1.0`, for faults that happen only sometimes.
    pub(crate) fn chance(&mut self) -> f64 {
        self.random.f64()
    }
}
