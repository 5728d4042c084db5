//! See `folkmoot_fuzz::foreign`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::foreign(input));
