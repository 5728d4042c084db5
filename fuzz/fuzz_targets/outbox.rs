//! See `folkmoot_fuzz::outbox`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::outbox(input));
