//! The circuit breaker of an environment: after too many failures in a row it is left alone for a while, by every process
//! (requirement 003, "Circuit Breaker Configuration").

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use stagegate_core::plan::BreakerPolicy;

use super::Clock;

/// What is known of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    /// How many attempts in a row failed.
    pub failures: u32,
    /// Since when it is left alone, where it is.
    pub opened: Option<Moment>,
    /// How many attempts were let through since then, to see whether it works again.
    pub probes: u32,
}

/// A moment, by the clock and by how long the machine runs: the clock may be set back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Which start of the machine, and how many milliseconds ago it was; `None` where the system does not tell.
    pub boot: Option<(String, i64)>,
}

/// Whether an attempt is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is.
    Closed,
    /// It is, and shows whether the environment works again.
    Probing,
    /// It is not, for this long.
    Open {
        /// How much longer.
        left: Duration,
    },
}

impl Moment {
    /// Returns the present one.
    pub fn now(clock: &dyn Clock) -> Moment {
        Moment { now_ms: clock.now_ms(), boot: clock.since_boot() }
    }

    /// Returns how many milliseconds ago it was; `None` where the clock was set back, and nothing else tells.
    fn ago(&self, now: &Moment) -> Option<i64> {
        match (&self.boot, &now.boot) {
            (Some((boot, then)), Some((same, now))) if boot == same => Some((now - then).max(0)),
            _ => Some(now.now_ms.saturating_sub(self.now_ms)).filter(|ago| *ago >= 0),
        }
    }
}

impl Circuit {
    /// Returns whether an attempt would be let through now. Changes nothing.
    #[must_use]
    pub fn state(&self, policy: &BreakerPolicy, now: &Moment) -> BreakerState {
        let Some(opened) = &self.opened else { return BreakerState::Closed };
        let recovery = i64::try_from(policy.recovery_ms).unwrap_or(i64::MAX);
        // How long it was nobody knows where the clock was set back: then an attempt shows it.
        match opened.ago(now) {
            Some(ago) if ago < recovery && !(1..policy.probes.max(1)).contains(&self.probes) => {
                BreakerState::Open { left: Duration::from_millis((recovery - ago).unsigned_abs()) }
            }
            _ => BreakerState::Probing,
        }
    }

    /// Lets an attempt through, or not. One that is let through to probe is counted, and from then on the environment is
    /// left alone again until it ends, or for as long as before: who probes may die.
    pub fn admit(&mut self, policy: &BreakerPolicy, now: &Moment) -> BreakerState {
        let state = self.state(policy, now);
        if state == BreakerState::Probing {
            self.probes = if self.probes < policy.probes.max(1) { self.probes + 1 } else { 1 };
            self.opened = Some(now.clone());
        }
        state
    }

    /// Notes that an attempt failed.
    pub fn failed(&mut self, policy: &BreakerPolicy, now: &Moment) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= policy.threshold.max(1) {
            self.opened = Some(now.clone());
            self.probes = 0;
        }
    }

    /// Notes that an attempt succeeded.
    pub fn succeeded(&mut self) {
        *self = Circuit::default();
    }

    pub(super) fn read(connection: &Connection, environment: &str) -> rusqlite::Result<Circuit> {
        let mut statement = connection.prepare_cached(
            "SELECT failures, opened_ms, boot, boot_ms, probes FROM breakers WHERE environment = ?",
        )?;
        let circuit = statement.query_row([environment], |row| {
            let boot: Option<String> = row.get(2)?;
            let boot = boot.zip(row.get::<_, Option<i64>>(3)?);
            let opened: Option<i64> = row.get(1)?;
            let opened = opened.map(|now_ms| Moment { now_ms, boot });
            Ok(Circuit { failures: row.get(0)?, opened, probes: row.get(4)? })
        });
        Ok(circuit.optional()?.unwrap_or_default())
    }

    pub(super) fn write(&self, connection: &Connection, environment: &str) -> rusqlite::Result<()> {
        let boot = self.opened.as_ref().and_then(|opened| opened.boot.as_ref());
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO breakers (environment, failures, opened_ms, boot, boot_ms, probes) \
             VALUES (?,?,?,?,?,?)",
        )?;
        statement.execute(params![
            environment,
            self.failures,
            self.opened.as_ref().map(|opened| opened.now_ms),
            boot.map(|(boot, _)| boot),
            boot.map(|(_, ms)| ms),
            self.probes,
        ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BreakerPolicy = BreakerPolicy { threshold: 5, recovery_ms: 60_000, probes: 1 };

    fn at(now_ms: i64) -> Moment {
        Moment { now_ms, boot: None }
    }

    fn left(ms: u64) -> BreakerState {
        BreakerState::Open { left: Duration::from_millis(ms) }
    }

    fn open_at(now: &Moment) -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            assert_eq!(circuit.admit(&POLICY, now), BreakerState::Closed);
            circuit.failed(&POLICY, now);
        }
        circuit
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_a_minute_then_one_attempt_is_let_through() {
        let mut circuit = open_at(&at(1000));
        assert_eq!(circuit.admit(&POLICY, &at(1000)), left(60_000));
        assert_eq!(circuit.admit(&POLICY, &at(60_999)), left(1));
        assert_eq!(circuit.admit(&POLICY, &at(61_000)), BreakerState::Probing);
        assert_eq!(circuit.admit(&POLICY, &at(61_000)), left(60_000), "one, and no other");
        circuit.failed(&POLICY, &at(62_000));
        assert_eq!(circuit.admit(&POLICY, &at(62_001)), left(59_999));
        assert_eq!(circuit.admit(&POLICY, &at(122_000)), BreakerState::Probing);
        circuit.succeeded();
        assert_eq!(circuit, Circuit::default());
    }

    #[test]
    fn a_success_between_begins_to_count_anew() {
        let mut circuit = Circuit::default();
        for _ in 0..3 {
            for _ in 0..4 {
                circuit.failed(&POLICY, &at(0));
            }
            circuit.succeeded();
        }
        assert_eq!(circuit.admit(&POLICY, &at(0)), BreakerState::Closed);
    }

    #[test]
    fn who_died_while_probing_does_not_keep_it_open() {
        let mut circuit = open_at(&at(0));
        assert_eq!(circuit.admit(&POLICY, &at(60_000)), BreakerState::Probing);
        assert_eq!(circuit.admit(&POLICY, &at(119_999)), left(1));
        assert_eq!(circuit.admit(&POLICY, &at(120_000)), BreakerState::Probing);
    }

    #[test]
    fn as_many_attempts_as_configured_are_let_through() {
        let policy = BreakerPolicy { probes: 2, ..POLICY };
        let mut circuit = open_at(&at(0));
        let mut ask = |ms| circuit.admit(&policy, &at(ms));
        assert_eq!([ask(60_000), ask(60_001)], [BreakerState::Probing; 2]);
        assert_eq!(ask(60_002), left(59_999));
    }

    #[test]
    fn a_clock_that_is_set_back_neither_keeps_it_open_for_ever_nor_closes_it() {
        let hour = 3_600_000;
        let boot = |now_ms, ms| Moment { now_ms, boot: Some(("a".to_owned(), ms)) };
        let mut circuit = open_at(&boot(hour, 10));
        // The machine knows how long it was.
        assert_eq!(circuit.admit(&POLICY, &boot(0, 30_010)), left(30_000));
        assert_eq!(circuit.admit(&POLICY, &boot(5 * hour, 30_010)), left(30_000));
        assert_eq!(circuit.admit(&POLICY, &boot(0, 60_010)), BreakerState::Probing);
        // It was started again, or does not tell: one attempt shows it, and no other.
        let mut circuit = open_at(&at(hour));
        assert_eq!(circuit.admit(&POLICY, &at(0)), BreakerState::Probing);
        assert_eq!(circuit.admit(&POLICY, &at(1)), left(59_999));
    }
}
