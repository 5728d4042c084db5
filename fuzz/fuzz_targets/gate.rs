//! See `folkmoot_fuzz::gate`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::gate(input));
