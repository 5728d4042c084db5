//! See `folkmoot_fuzz::hub`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::hub(input));
