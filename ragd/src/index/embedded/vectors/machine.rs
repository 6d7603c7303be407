//! What needs the machine itself: files mapped into memory, and loops in wide registers.
//!
//! This is the one module of the index with unsafe code. The loops are plain Rust: the compiler
//! makes wide instructions of them where a function may use those, and whether the processor has
//! them is asked at run time.

#![expect(
    unsafe_code,
    reason = "mapping a file, and calling a function whose instructions were just asked for"
)]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a file that nobody writes any more.
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: segments are written under another name and never changed after they got theirs, and
    // the state directory is locked for this process. Somebody who writes into it all the same may
    // make us read nonsense, which every reader of these bytes bears, or end us with a signal.
    unsafe { Mmap::map(file) }
}

/// Defines a function in two versions: for every machine, and for those with AVX2 and POPCNT.
macro_rules! wide {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub(super) fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,popcnt,fma")]
                fn fast($($argument: $type),*) $(-> $result)? {
                    plain($($argument),*)
                }
                if is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("popcnt")
                    && is_x86_feature_detected!("fma")
                {
                    // SAFETY: the processor has the instructions that `fast` is made of.
                    return unsafe { fast($($argument),*) };
                }
            }
            plain($($argument),*)
        }
    };
}

/// Compares a query with the signs of one row after the other and writes how well they agree.
///
/// `planes` holds, for each bit of the query's magnitudes, the mask of numbers that have it, all of
/// them `query.len()` long; the lowest bit comes first.
pub(super) fn agreements(query: &[u64], planes: &[u64], rows: &[u64], out: &mut [i32]) {
    // Loops of a known length are several times faster; these are 256 to 1,536 numbers.
    match query.len() {
        4 => agreements_of_4(query, planes, rows, out),
        6 => agreements_of_6(query, planes, rows, out),
        8 => agreements_of_8(query, planes, rows, out),
        12 => agreements_of_12(query, planes, rows, out),
        16 => agreements_of_16(query, planes, rows, out),
        24 => agreements_of_24(query, planes, rows, out),
        _ => agreements_of_any(query, planes, rows, out),
    }
}

macro_rules! of_fixed_length {
    ($($name:ident $words:literal)*) => {
        $(wide! {
            fn $name(query: &[u64], planes: &[u64], rows: &[u64], out: &mut [i32]) {
                fixed::<$words>(query, planes, rows, out);
            }
        })*
    };
}

of_fixed_length! {
    agreements_of_4 4
    agreements_of_6 6
    agreements_of_8 8
    agreements_of_12 12
    agreements_of_16 16
    agreements_of_24 24
}

wide! {
    fn agreements_of_any(query: &[u64], planes: &[u64], rows: &[u64], out: &mut [i32]) {
        let words = query.len();
        for (row, agreement) in rows.chunks_exact(words).zip(out) {
            let mut sum = 0;
            for (bit, plane) in planes.chunks_exact(words).enumerate() {
                sum += differences(row, query, plane) << bit;
            }
            *agreement = -sum.cast_signed();
        }
    }
}

#[inline(always)]
fn fixed<const WORDS: usize>(query: &[u64], planes: &[u64], rows: &[u64], out: &mut [i32]) {
    let Ok(query) = <&[u64; WORDS]>::try_from(query) else {
        return;
    };
    let planes = planes.as_chunks::<WORDS>().0;
    for (row, agreement) in rows.as_chunks::<WORDS>().0.iter().zip(out) {
        let mut sum = 0;
        for (bit, plane) in planes.iter().enumerate() {
            sum += differences(row, query, plane) << bit;
        }
        // What differs counts against a row; the most a row can have is the same for all.
        *agreement = -sum.cast_signed();
    }
}

#[inline(always)]
fn differences(row: &[u64], query: &[u64], mask: &[u64]) -> u32 {
    let words = row.iter().zip(query).zip(mask);
    words
        .map(|((sign, ours), mask)| ((sign ^ ours) & mask).count_ones())
        .sum()
}

wide! {
    /// Returns the sum of products.
    fn dot_i8(a: &[i8], b: &[i8]) -> i32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
            .sum()
    }
}

wide! {
    /// Returns the sum of products, added up in eight lanes.
    fn dot_f32(a: &[f32], b: &[f32]) -> f32 {
        const LANES: usize = 8;
        let mut lanes = [0.0_f32; LANES];
        let (a_whole, a_rest) = a.as_chunks::<LANES>();
        let (b_whole, b_rest) = b.as_chunks::<LANES>();
        for (a, b) in a_whole.iter().zip(b_whole) {
            for lane in 0..LANES {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        lanes.iter().sum::<f32>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_loops_count_like_narrow_ones(
            a in proptest::collection::vec(any::<i8>(), 0..600),
            b in proptest::collection::vec(any::<i8>(), 0..600),
        ) {
            let expected: i64 = a.iter().zip(&b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
            prop_assert_eq!(i64::from(dot_i8(&a, &b)), expected);
            let floats = |bytes: &[i8]| bytes.iter().map(|x| f32::from(*x)).collect::<Vec<_>>();
            let length = a.len().min(b.len());
            let found = dot_f32(&floats(&a[..length]), &floats(&b[..length]));
            #[expect(clippy::cast_precision_loss, reason = "sums of bytes are small")]
            let expected = expected as f32;
            prop_assert!((found - expected).abs() < 1.0);
        }

        #[test]
        fn a_row_like_the_query_agrees_most(
            query in proptest::collection::vec(any::<u64>(), 4),
            planes in proptest::collection::vec(any::<u64>(), 8),
            other in proptest::collection::vec(any::<u64>(), 4),
        ) {
            let rows = [query.as_slice(), &other].concat();
            let mut out = [1; 2];
            agreements(&query, &planes, &rows, &mut out);
            prop_assert_eq!(out[0], 0);
            let mut expected = 0;
            for (bit, plane) in planes.chunks(4).enumerate() {
                for at in 0..4 {
                    expected += ((query[at] ^ other[at]) & plane[at]).count_ones() << bit;
                }
            }
            prop_assert_eq!(out[1], -expected.cast_signed());
        }
    }
}
