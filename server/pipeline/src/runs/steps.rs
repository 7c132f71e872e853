//! The steps of runs, one file each (DESIGN.md section 7).

pub mod tracking;
