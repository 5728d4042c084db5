//! See `folkmoot_fuzz::link`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::link(input));
