//! Where components lie.
