//! Values to bytes and back: the only file that knows bincode.
//!
//! Without a limit, bincode 2.0.1 panics on a short message that claims a huge length. So there is
//! no way through this module without one, and trailing bytes are an error as well.
//!
//! Two rules for wire types keep hostile bytes cheap: no type contains itself (the depth is that of
//! the types), and no list has elements without bytes (four bytes could claim 2^32 of them).

use serde::{Serialize, de::DeserializeOwned};

/// The largest frame after the hello, in bytes.
pub const MAX_FRAME: usize = 8 << 20;
/// Nearly all requests are smaller.
const SMALL: usize = 16 << 10;
/// Nearly all replies, and all `Data` frames, are smaller.
const MEDIUM: usize = 512 << 10;

/// What a packed value may claim to need, in bytes.
const MAX_PACKED: usize = 512 << 20;

/// A frame that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The value is larger than a frame may be.
    #[error("the message is larger than a frame may be ({MAX_FRAME} bytes)")]
    TooLarge,
    /// The bytes are not a message of this protocol version.
    #[error("the bytes are not a message of this protocol version")]
    Malformed,
    /// A whole message was read and bytes are left.
    #[error("{count} bytes follow the message in its frame")]
    Trailing { count: usize },
}

/// Returns the bytes of `value`.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = bincode::serde::encode_to_vec(value, bincode::config::standard())
        .map_err(|_| CodecError::Malformed)?;
    if bytes.len() > MAX_FRAME {
        return Err(CodecError::TooLarge);
    }
    Ok(bytes)
}

/// Reads the one value that `bytes` hold.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > MAX_FRAME {
        return Err(CodecError::TooLarge);
    }
    // bincode counts eight bytes for a number that may take one on the wire, so a limit of one
    // frame would refuse large messages that were written well. It also reserves what a text
    // claims to need before it looks for it, so a small frame gets a small limit.
    let (value, used) = if bytes.len() <= SMALL {
        read::<T, { 8 * SMALL }>(bytes)
    } else if bytes.len() <= MEDIUM {
        read::<T, { 8 * MEDIUM }>(bytes)
    } else {
        read::<T, { 8 * MAX_FRAME }>(bytes)
    }?;
    match bytes.len() - used {
        0 => Ok(value),
        count => Err(CodecError::Trailing { count }),
    }
}

/// Returns the bytes of a value that goes through a pipe and not over the socket: it may be large.
pub fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let packed = bincode::serde::encode_to_vec(value, bincode::config::standard());
    packed.map_err(|_| CodecError::Malformed)
}

/// Reads what [`pack`] wrote, or a stranger says that it did.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, used) = read::<T, MAX_PACKED>(bytes)?;
    match bytes.len() - used {
        0 => Ok(value),
        count => Err(CodecError::Trailing { count }),
    }
}

fn read<T: DeserializeOwned, const LIMIT: usize>(bytes: &[u8]) -> Result<(T, usize), CodecError> {
    let config = bincode::config::standard().with_limit::<LIMIT>();
    bincode::serde::decode_from_slice(bytes, config).map_err(|_| CodecError::Malformed)
}
