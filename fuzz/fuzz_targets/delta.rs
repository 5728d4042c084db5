//! See `folkmoot_fuzz::delta`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::delta(input));
