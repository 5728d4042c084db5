//! See `folkmoot_fuzz::replica`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::replica(input));
