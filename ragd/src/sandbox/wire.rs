//! What goes between a pool and a child: a head and a body, each with its length before it.

use std::io::{self, Read, Write};

/// What a child says once its walls stand.
pub(super) const READY: &[u8] = b"walls stand\n";
/// What it says before the reason why they do not.
pub(super) const NO_WALLS: &[u8] = b"no walls: ";
/// Bytes of the two lengths.
pub(super) const LENGTHS: usize = 12;
/// An order is small: what is large is its body.
pub const MAX_HEAD: u32 = 16 << 20;

/// An order, as a child reads it.
pub(super) struct Frame {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// Returns the lengths that go before a head and a body.
pub(super) fn lengths(head: &[u8], body: &[u8]) -> [u8; LENGTHS] {
    let mut lengths = [0; LENGTHS];
    let head = u32::try_from(head.len()).expect("an order is small");
    lengths[..4].copy_from_slice(&head.to_le_bytes());
    lengths[4..].copy_from_slice(&(body.len() as u64).to_le_bytes());
    lengths
}

/// Reads the next order; none when there will be no more.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut lengths = [0; LENGTHS];
    match from.read_exact(&mut lengths) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (head, body) = lengths.split_at(4);
    let head = u32::from_le_bytes(head.try_into().expect("four bytes"));
    let body = u64::from_le_bytes(body.try_into().expect("eight bytes"));
    if head > MAX_HEAD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = Frame {
        head: vec![0; head as usize],
        body: vec![0; usize::try_from(body).map_err(|_| io::ErrorKind::InvalidData)?],
    };
    from.read_exact(&mut frame.head)?;
    from.read_exact(&mut frame.body)?;
    Ok(Some(frame))
}

/// Set in the length of what comes before the last piece of an answer.
pub(super) const MORE: u64 = 1 << 63;

/// Writes the last piece of an answer, or one that is followed by `more`. It has no head.
pub(super) fn answer(to: &mut impl Write, body: &[u8], more: bool) -> io::Result<()> {
    let flag = if more { MORE } else { 0 };
    to.write_all(&(body.len() as u64 | flag).to_le_bytes())?;
    to.write_all(body)?;
    to.flush()
}
