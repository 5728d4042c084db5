//! Nothing: this package says what y-sweet is built with.
