//! See `folkmoot_fuzz::markdown`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::markdown(input));
