//! See `folkmoot_fuzz::yjs_client`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| folkmoot_fuzz::yjs_client(input));
