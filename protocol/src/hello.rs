//! The first frame in each direction. Its layout is frozen: any version can read it.
//!
//! ```text
//! client: "RAGC" | min u16 | max u16 | features u64 | len u16 | build (UTF-8)
//! daemon: "RAGD" | 0 u8    | version u16 | features u64 | boot id 16 bytes
//!                | max frame u32 | max in flight u32 | heartbeat ms u32 | uid u32
//!                | len u16 | build
//!         "RAGD" | 1 u8    | min u16 | max u16 | len u16 | build | len u16 | code
//!                | len u16 | message
//! ```
//! Integers are little-endian. Bytes after the last field are ignored, so later versions may append.

use uuid::Uuid;

use crate::ids::BootId;

/// The only protocol version so far.
pub const VERSION: u16 = 1;
/// The versions that this build speaks.
pub const RANGE: VersionRange = VersionRange {
    min: VERSION,
    max: VERSION,
};

const CLIENT_MAGIC: &[u8; 4] = b"RAGC";
const DAEMON_MAGIC: &[u8; 4] = b"RAGD";
const WELCOME: u8 = 0;
const REFUSED: u8 = 1;

/// An inclusive range of protocol versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRange {
    pub min: u16,
    pub max: u16,
}

impl VersionRange {
    /// Returns the highest version that both sides speak.
    #[must_use]
    pub fn common(self, other: Self) -> Option<u16> {
        let version = self.max.min(other.max);
        (version >= self.min && version >= other.min).then_some(version)
    }
}

/// What a client says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    pub versions: VersionRange,
    /// Bits of optional abilities; none is defined yet.
    pub features: u64,
    pub build: String,
}

/// What a daemon answers to a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonHello {
    Welcome(Welcome),
    Refused(Refused),
}

/// The connection is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    pub version: u16,
    pub features: u64,
    pub boot_id: BootId,
    pub max_frame: u32,
    pub max_in_flight: u32,
    pub heartbeat_ms: u32,
    /// The user the daemon runs as: it may open paths only for this one.
    pub uid: u32,
    pub build: String,
}

/// The connection is closed after this frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub versions: VersionRange,
    pub build: String,
    /// A stable word, as in [`crate::ErrorCode`].
    pub code: String,
    pub message: String,
}

/// The first frame is not a hello.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// Something other than a ragd client or daemon is on the other side.
    #[error("the other side does not speak the ragd protocol")]
    NotRagd,
    /// The frame ends before its last field.
    #[error("the hello is cut short")]
    Short,
}

impl ClientHello {
    /// Returns the hello of this build.
    #[must_use]
    pub fn current(build: &str) -> Self {
        Self {
            versions: RANGE,
            features: 0,
            build: build.to_owned(),
        }
    }

    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = CLIENT_MAGIC.to_vec();
        put_range(&mut out, self.versions);
        out.extend(self.features.to_le_bytes());
        put_text(&mut out, &self.build);
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, HelloError> {
        let mut input = Input(bytes);
        input.magic(CLIENT_MAGIC)?;
        Ok(Self {
            versions: input.range()?,
            features: input.u64()?,
            build: input.text()?,
        })
    }
}

impl DaemonHello {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = DAEMON_MAGIC.to_vec();
        match self {
            Self::Welcome(welcome) => {
                out.push(WELCOME);
                out.extend(welcome.version.to_le_bytes());
                out.extend(welcome.features.to_le_bytes());
                out.extend(welcome.boot_id.0.as_bytes());
                for number in [
                    welcome.max_frame,
                    welcome.max_in_flight,
                    welcome.heartbeat_ms,
                    welcome.uid,
                ] {
                    out.extend(number.to_le_bytes());
                }
                put_text(&mut out, &welcome.build);
            }
            Self::Refused(refused) => {
                out.push(REFUSED);
                put_range(&mut out, refused.versions);
                put_text(&mut out, &refused.build);
                put_text(&mut out, &refused.code);
                put_text(&mut out, &refused.message);
            }
        }
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, HelloError> {
        let mut input = Input(bytes);
        input.magic(DAEMON_MAGIC)?;
        match input.take(1)?[0] {
            WELCOME => Ok(Self::Welcome(Welcome {
                version: input.u16()?,
                features: input.u64()?,
                boot_id: BootId(Uuid::from_bytes(input.array()?)),
                max_frame: input.u32()?,
                max_in_flight: input.u32()?,
                heartbeat_ms: input.u32()?,
                uid: input.u32()?,
                build: input.text()?,
            })),
            REFUSED => Ok(Self::Refused(Refused {
                versions: input.range()?,
                build: input.text()?,
                code: input.text()?,
                message: input.text()?,
            })),
            _ => Err(HelloError::NotRagd),
        }
    }
}

fn put_range(out: &mut Vec<u8>, range: VersionRange) {
    out.extend(range.min.to_le_bytes());
    out.extend(range.max.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    // 1 KiB a text keeps every hello below the 4 KiB that a stranger may send.
    let end = text.floor_char_boundary(1024);
    let length = u16::try_from(end).expect("1 KiB fits");
    out.extend(length.to_le_bytes());
    out.extend(&text.as_bytes()[..end]);
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], HelloError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(HelloError::Short)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], HelloError> {
        Ok(self
            .take(N)?
            .try_into()
            .expect("take returns what was asked for"))
    }

    fn magic(&mut self, magic: &[u8; 4]) -> Result<(), HelloError> {
        match self.take(4) {
            Ok(bytes) if bytes == magic => Ok(()),
            _ => Err(HelloError::NotRagd),
        }
    }

    fn u16(&mut self) -> Result<u16, HelloError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, HelloError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, HelloError> {
        self.array().map(u64::from_le_bytes)
    }

    fn range(&mut self) -> Result<VersionRange, HelloError> {
        Ok(VersionRange {
            min: self.u16()?,
            max: self.u16()?,
        })
    }

    fn text(&mut self) -> Result<String, HelloError> {
        let length = usize::from(self.u16()?);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }
}
