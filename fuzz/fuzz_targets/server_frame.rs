//! See `folkmoot_fuzz::server_frame`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::server_frame(input));
