//! The walls: no files and no network by Landlock, hardly a system call by seccomp, and limits.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Deep documents are deep stacks; a loop without an end meets its end here.
const STACK_BYTES: u64 = 8 << 20;
/// Standard input, output and error, and a few to spare.
const OPEN_FILES: u64 = 16;
/// Of a program that has libraries and data.
const OPEN_FILES_OF_TOOL: u64 = 64;
/// Of a program that has many files to look into, and starts others.
const OPEN_FILES_OF_ERRAND: u64 = 512;
/// Where programs, their libraries and their data are.
pub(super) const SYSTEM: [&str; 9] = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/nix/store",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
];
/// What no program needs that reads bytes and writes bytes: network, and what reaches into other
/// processes or into the system.
const REFUSED: [i64; 21] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_io_uring_setup,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kill,
    libc::SYS_mount,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_userfaultfd,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
];
/// Those of [`REFUSED`] that speaking with a server needs.
const SPEAKING: [i64; 6] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
];
/// What tells where servers are, who we are, and whom to trust.
const NETWORK: [&str; 2] = ["/etc", "/run/systemd/resolve"];
/// Given to the system, that it ends a child before it ends the daemon.
const OOM_SCORE: &str = "900";

/// The system cannot put up a wall.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    #[error("cannot close inherited descriptors")]
    Descriptors(#[source] io::Error),
    #[error("cannot set the limit of {what}")]
    Limit {
        what: &'static str,
        source: io::Error,
    },
    #[error("Landlock cannot be used: Linux 5.13 or later has it, unless it is switched off")]
    Landlock(#[source] RulesetError),
    #[error("Landlock is not in force, since the kernel has it switched off")]
    NotInForce,
    #[error("seccomp cannot be used")]
    Seccomp(#[source] seccompiler::Error),
    #[error("seccomp knows no {0}")]
    Machine(&'static str),
}

/// How much a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space.
    pub memory_bytes: u64,
    /// Time of the processor for one order.
    pub cpu_s: u64,
}

/// One of the walls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wall {
    Limits,
    Landlock,
    Seccomp,
}

impl Wall {
    /// In the order in which they have to go up: the later ones keep the earlier from it.
    pub(super) const ALL: [Self; 3] = [Self::Limits, Self::Landlock, Self::Seccomp];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        }
    }

    /// Puts up this wall. There is no way back.
    pub(super) fn raise(self, limits: &Limits) -> Result<(), WallError> {
        match self {
            Self::Limits => limit(limits),
            Self::Landlock => landlock(),
            Self::Seccomp => seccomp(),
        }
    }
}

/// Puts up all walls, each even if another one fails, and returns what failed first.
pub(super) fn raise(limits: &Limits) -> Result<(), WallError> {
    let raised = Wall::ALL.map(|wall| wall.raise(limits));
    raised.into_iter().collect()
}

/// Closes what was inherited, and sets the limits that never change.
fn limit(limits: &Limits) -> Result<(), WallError> {
    close_inherited().map_err(WallError::Descriptors)?;
    // Best done, and no wall: only root may lower it again.
    let _ = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    let not_dumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    not_dumpable.map_err(|errno| of_limit("traces", errno))?;
    set_all(&[
        ("memory", Resource::As, limits.memory_bytes),
        ("stack", Resource::Stack, STACK_BYTES),
        ("file size", Resource::Fsize, 0),
        ("core files", Resource::Core, 0),
        ("open files", Resource::Nofile, OPEN_FILES),
        ("processes", Resource::Nproc, 0),
    ])
}

/// Puts up the walls for a program of somebody else, which has to find itself and its data: it may
/// read what the system has and `data`, write nowhere, and has no network. There is no way back.
pub(super) fn raise_for_tool(
    limits: &Limits,
    data: impl Iterator<Item = PathBuf>,
) -> Result<(), WallError> {
    close_inherited().map_err(WallError::Descriptors)?;
    allow_time(limits)?;
    set_all(&[
        ("memory", Resource::As, limits.memory_bytes),
        ("file size", Resource::Fsize, 0),
        ("core files", Resource::Core, 0),
        ("open files", Resource::Nofile, OPEN_FILES_OF_TOOL),
    ])?;
    landlock_but(SYSTEM.iter().map(PathBuf::from).chain(data))?;
    let refused = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let no = libc::EPERM.cast_unsigned();
    filter(refused, SeccompAction::Allow, SeccompAction::Errno(no))
}

/// What a program may use that works on files, and may speak with a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Ways {
    /// Files and folders that it may read, besides those of the system
    #[arg(long, hide = true, value_name = "PATH")]
    pub reads: Vec<PathBuf>,
    /// Folders that it may write to
    #[arg(long, hide = true, value_name = "PATH")]
    pub writes: Vec<PathBuf>,
    /// It may speak with servers
    #[arg(long, hide = true)]
    pub network: bool,
    /// The largest file that it may write
    #[arg(long, hide = true, default_value_t = 0)]
    pub file_bytes: u64,
}

impl Ways {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the arguments that say the same.
    pub(super) fn arguments(&self) -> Vec<std::ffi::OsString> {
        let Self {
            reads,
            writes,
            network,
            file_bytes,
        } = self;
        let named = |flag: &str, path: &PathBuf| {
            let mut argument = std::ffi::OsString::from(flag);
            argument.push(path);
            argument
        };
        let mut arguments: Vec<_> = reads.iter().map(|path| named("--reads=", path)).collect();
        arguments.extend(writes.iter().map(|path| named("--writes=", path)));
        arguments.push(format!("--file-bytes={file_bytes}").into());
        if *network {
            arguments.push("--network".into());
        }
        arguments
    }
}

/// Puts up the walls for a program of somebody else that is let out as far as `ways` say, and the
/// programs that it starts. There is no way back.
pub(super) fn raise_for_errand(limits: &Limits, ways: &Ways) -> Result<(), WallError> {
    close_inherited().map_err(WallError::Descriptors)?;
    allow_time(limits)?;
    set_all(&[
        ("memory", Resource::As, limits.memory_bytes),
        ("file size", Resource::Fsize, ways.file_bytes),
        ("core files", Resource::Core, 0),
        ("open files", Resource::Nofile, OPEN_FILES_OF_ERRAND),
    ])?;
    let system = SYSTEM.iter().map(PathBuf::from);
    let of_network = NETWORK.iter().filter(|_| ways.network).map(PathBuf::from);
    let readable = system.chain(of_network).chain(ways.reads.iter().cloned());
    // Programs make sure by it that they have a standard input.
    let nowhere = PathBuf::from("/dev/null");
    let writable = ways.writes.iter().cloned().chain([nowhere]);
    landlock_for(readable, writable, ways.network)?;
    let refused = REFUSED.iter().filter(|call| {
        let speaks = ways.network && SPEAKING.contains(call);
        // It looks after the programs that it starts.
        !speaks && **call != libc::SYS_kill
    });
    let refused = refused.map(|call| (*call, Vec::new())).collect();
    let no = libc::EPERM.cast_unsigned();
    filter(refused, SeccompAction::Allow, SeccompAction::Errno(no))
}

fn set_all(limits: &[(&'static str, Resource, u64)]) -> Result<(), WallError> {
    for (what, resource, most) in limits {
        set(*resource, *most).map_err(|errno| of_limit(what, errno))?;
    }
    Ok(())
}

/// Allows time of the processor for one more order.
pub(super) fn allow_time(limits: &Limits) -> Result<(), WallError> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(used.tv_sec).unwrap_or(0);
    // A started second counts as a whole one.
    let allowed = Rlimit {
        current: Some(used + limits.cpu_s + 1),
        maximum: None,
    };
    setrlimit(Resource::Cpu, allowed).map_err(|errno| of_limit("time", errno))
}

fn set(resource: Resource, most: u64) -> rustix::io::Result<()> {
    // What is lower already, stays.
    let before = rustix::process::getrlimit(resource);
    let least = |old: Option<u64>| Some(old.map_or(most, |old| old.min(most)));
    setrlimit(
        resource,
        Rlimit {
            current: least(before.current),
            maximum: least(before.maximum),
        },
    )
}

fn of_limit(what: &'static str, errno: rustix::io::Errno) -> WallError {
    WallError::Limit {
        what,
        source: errno.into(),
    }
}

#[expect(unsafe_code, reason = "the function takes numbers and no pointers")]
fn close_inherited() -> io::Result<()> {
    // SAFETY: nothing has been opened yet that somebody would still use.
    match unsafe { libc::close_range(3, libc::c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Allows no file. What later kernels can refuse as well is refused where they can: ports, sockets
/// without a file, and signals.
fn landlock() -> Result<(), WallError> {
    landlock_but(std::iter::empty())
}

/// Allows no file but those below `readable`, which may be read and run.
fn landlock_but(readable: impl Iterator<Item = PathBuf>) -> Result<(), WallError> {
    landlock_for(readable, std::iter::empty(), false)
}

/// The same, and all that can be done with files below `writable`; ports are open if `network` says.
fn landlock_for(
    readable: impl Iterator<Item = PathBuf>,
    writable: impl Iterator<Item = PathBuf>,
    network: bool,
) -> Result<(), WallError> {
    let may_read = AccessFs::from_read(ABI::V1);
    let may_all = AccessFs::from_all(ABI::V6);
    let all = readable
        .map(|path| (path, may_read))
        .chain(writable.map(|path| (path, may_all)));
    let rules = all.filter_map(|(path, access)| {
        let is_folder = path.is_dir();
        let path = PathFd::new(path).ok()?;
        // Of a file, the system wants nothing said that is about folders.
        let access = match is_folder {
            true => access,
            false => access & AccessFs::from_file(ABI::V6),
        };
        Some(Ok::<_, RulesetError>(PathBeneath::new(path, access)))
    });
    let ports = match network {
        true => AccessNet::BindTcp.into(),
        false => AccessNet::from_all(ABI::V6),
    };
    let restricted = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(|rules| {
            rules
                .set_compatibility(CompatLevel::BestEffort)
                .handle_access(AccessFs::from_all(ABI::V6))
        })
        .and_then(|rules| rules.handle_access(ports))
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(Ruleset::create)
        .and_then(|created| created.add_rules(rules))
        .and_then(landlock::RulesetCreated::restrict_self);
    match restricted.map_err(WallError::Landlock)?.ruleset {
        RulesetStatus::NotEnforced => Err(WallError::NotInForce),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

/// Allows what reading, writing, memory and an orderly end need. Anything else ends the child.
fn seccomp() -> Result<(), WallError> {
    let rules = rules().map_err(|error| WallError::Seccomp(error.into()))?;
    filter(rules, SeccompAction::KillProcess, SeccompAction::Allow)
}

/// Does `other` unless a call is among `rules`, and `listed` if it is.
fn filter(rules: Rules, other: SeccompAction, listed: SeccompAction) -> Result<(), WallError> {
    let machine = std::env::consts::ARCH;
    let machine = machine
        .try_into()
        .map_err(|_| WallError::Machine(machine))?;
    let filter = SeccompFilter::new(rules, other, listed, machine);
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|error| WallError::Seccomp(error.into()))?;
    seccompiler::apply_filter(&program).map_err(WallError::Seccomp)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn rules() -> Result<Rules, seccompiler::BackendError> {
    let free = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_sched_yield,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let is = |argument, wanted: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, wanted)
    };
    let without = |argument, bits: u32| {
        SeccompCondition::new(
            argument,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(bits.into()),
            0,
        )
    };
    let executable = libc::PROT_EXEC.cast_unsigned();
    let mut rules: Rules = free.into_iter().map(|call| (call, Vec::new())).collect();
    let own = std::process::id();
    rules.extend([
        (
            libc::SYS_mmap,
            vec![SeccompRule::new(vec![without(2, executable)?])?],
        ),
        (
            libc::SYS_mprotect,
            vec![SeccompRule::new(vec![without(2, executable)?])?],
        ),
        // Its own end, after a panic in a panic or for want of memory.
        (
            libc::SYS_tgkill,
            vec![SeccompRule::new(vec![is(0, own.into())?])?],
        ),
        // Its own time of the processor, for the next order.
        (
            libc::SYS_prlimit64,
            vec![SeccompRule::new(vec![
                is(0, 0)?,
                is(1, libc::RLIMIT_CPU.into())?,
            ])?],
        ),
    ]);
    Ok(rules)
}
