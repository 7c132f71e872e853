//! How long to wait before the next attempt (requirement 003, "Retry Configuration by Stage").

use std::time::Duration;

use stagegate_core::plan::Backoff;

/// Returns how long to wait before attempt `attempt`, from 2. `chance`, between 0 and 1, varies the wait by at most half of
/// it, and never beyond the longest one.
#[must_use]
pub fn delay(backoff: &Backoff, attempt: u32, chance: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a wait")]
    let (base, longest) = (backoff.base_ms as f64, backoff.max_ms as f64);
    let grown =
        base * backoff.factor.max(1.0).powi(i32::try_from(attempt.saturating_sub(2)).unwrap_or(i32::MAX));
    let varied = if backoff.jitter { grown.min(longest) * (0.5 + chance.clamp(0.0, 1.0)) } else { grown };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps; NaN is 0")]
    let ms = varied.min(longest).round() as u64;
    Duration::from_millis(ms.min(backoff.max_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn waits(backoff: &Backoff) -> Vec<u128> {
        (2..=backoff.retries + 1).map(|attempt| delay(backoff, attempt, 0.5).as_millis()).collect()
    }

    #[test]
    fn the_waits_of_the_requirement() {
        let backoff =
            |retries, base_ms, factor, max_ms| Backoff { retries, base_ms, factor, max_ms, jitter: false };
        assert_eq!(waits(&backoff(3, 1000, 2.0, 10_000)), [1000, 2000, 4000]);
        assert_eq!(waits(&backoff(5, 2000, 2.0, 30_000)), [2000, 4000, 8000, 16_000, 30_000]);
        assert_eq!(waits(&backoff(3, 5000, 1.5, 60_000)), [5000, 7500, 11_250]);
        // Halfway, chance changes nothing.
        assert_eq!(waits(&Backoff { jitter: true, ..backoff(3, 1000, 2.0, 10_000) }), [1000, 2000, 4000]);
    }

    proptest! {
        #[test]
        fn chance_varies_a_wait_by_half_and_never_beyond_the_longest(
            base_ms in 0..100_000_u64, factor in prop::num::f64::ANY, max_ms in 0..100_000_u64, attempt in 0..u32::MAX,
            chance in prop::num::f64::ANY,
        ) {
            let backoff = Backoff { retries: 9, base_ms, factor, max_ms, jitter: true };
            let varied = delay(&backoff, attempt, chance);
            prop_assert!(varied <= Duration::from_millis(max_ms));
            if chance.is_finite() {
                let plain = delay(&Backoff { jitter: false, ..backoff }, attempt, 0.0);
                prop_assert!(varied + Duration::from_millis(1) >= plain / 2);
            }
        }
    }
}
