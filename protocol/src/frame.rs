//! Frames: a four-byte little-endian length, then that many bytes.

use tokio_util::codec::LengthDelimitedCodec;

use crate::codec::MAX_FRAME;

/// The largest frame before the hello is done, in bytes. Strangers get no 8 MiB buffers.
pub const MAX_HELLO_FRAME: usize = 4 << 10;

/// Returns the codec for the hello exchange.
#[must_use]
pub fn hello_codec() -> LengthDelimitedCodec {
    with_limit(MAX_HELLO_FRAME)
}

/// Raises the limit of `codec` once the hello is done.
pub fn accept_messages(codec: &mut LengthDelimitedCodec) {
    codec.set_max_frame_length(MAX_FRAME);
}

fn with_limit(limit: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .little_endian()
        .length_field_length(4)
        .max_frame_length(limit)
        .new_codec()
}
