//! See `folkmoot_fuzz::journal`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::journal(input));
