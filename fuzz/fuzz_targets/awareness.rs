//! See `folkmoot_fuzz::awareness`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::awareness(input));
