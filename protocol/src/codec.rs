//! Values to bytes and back: the only file that knows bincode.
//!
//! Without a limit, bincode 2.0.1 panics on a short message that claims a huge length. So there is
//! no way through this module without one, and trailing bytes are an error as well.

use serde::{Serialize, de::DeserializeOwned};

/// The largest frame after the hello, in bytes.
pub const MAX_FRAME: usize = 8 << 20;

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

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<MAX_FRAME>()
}

/// Returns the bytes of `value`.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes =
        bincode::serde::encode_to_vec(value, config()).map_err(|_| CodecError::Malformed)?;
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
    let (value, used) =
        bincode::serde::decode_from_slice(bytes, config()).map_err(|_| CodecError::Malformed)?;
    match bytes.len() - used {
        0 => Ok(value),
        count => Err(CodecError::Trailing { count }),
    }
}
