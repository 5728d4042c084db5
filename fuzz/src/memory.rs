//! An allocator that counts, so that a target can say how much memory an input may cost.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator as it is; counting touches two plain cells and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        unsafe { System.realloc(at, layout, size) }
    }
}

fn count(taken: usize, given: usize) {
    // A thread that ends has no cells any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get().wrapping_add(taken).wrapping_sub(given));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

/// Does it, and says how many bytes more than before were held at once in this thread.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    // What was counted off may be another thread's: begin far from 0.
    let before = usize::MAX / 4;
    HELD.set(before);
    PEAK.set(before);
    let done = work();
    (done, PEAK.get() - before)
}

/// Does it, and panics if it held more than 64 bytes for each of `input`, and a megabyte.
pub fn frugal<T>(input: &[u8], work: impl FnOnce() -> T) -> T {
    let (done, peak) = peak_of(work);
    let most = 64 * input.len() + (1 << 20);
    assert!(peak <= most, "{} bytes made us hold {peak}", input.len());
    done
}
