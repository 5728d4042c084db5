//! Replays what is kept in `corpus/`, without libFuzzer: on every system, and under a debugger.

use folkmoot_fuzz::TARGETS;
use std::path::Path;

#[test]
fn every_input_that_was_kept_is_borne() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut inputs = 0;
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a folder can be read").path();
            println!("{}", path.display());
            target(&std::fs::read(&path).expect("a file can be read"));
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has no corpus");
    }
}
