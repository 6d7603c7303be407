//! Where the server is, and how to get in.

use std::path::PathBuf;
use std::sync::Arc;

use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, RedisError,
    TlsCertificates,
};

use super::super::FleetError;
use crate::config::{self, Secret};

const PORT: u16 = 6_379;
const SENTINEL_PORT: u16 = 26_379;

/// What `queue.url` names, and the secrets beside it.
pub(super) struct Address {
    pub(super) place: Place,
    tls: bool,
    user: Option<String>,
    /// The command that gives this user what ragd needs.
    grant: String,
    database: i64,
    password: Secret,
    ca_file: PathBuf,
    /// Without the user.
    pub(super) shown: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Server(Host),
    Socket(PathBuf),
    Cluster(Vec<Host>),
    /// Servers that know which one is the primary of this name.
    Sentinels(Vec<Host>, String),
}

pub(super) type Host = (String, u16);

/// Returns the command that lets a user do what ragd does.
fn grant(user: Option<&str>, prefix: &str) -> String {
    let user = user.unwrap_or("default");
    format!("ACL SETUSER {user} ~{{{prefix}}}:* &{{{prefix}}}:* +@all -@dangerous +info")
}

impl Address {
    pub(super) fn new(queue: &config::Queue) -> Result<Self, FleetError> {
        let url = Url::parse(&queue.url).map_err(|reason| FleetError::BadUrl { reason })?;
        if url.tls {
            // Somebody else may have chosen the cryptography; any is fine.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let password = Secret::new(&queue.password_file, &queue.password_env);
        Ok(Self {
            shown: url.shown(),
            place: url.place,
            tls: url.tls,
            grant: grant(url.user.as_deref(), &queue.prefix),
            user: url.user,
            database: url.database,
            password,
            ca_file: queue.ca_file.clone(),
        })
    }

    /// Returns a client of one server.
    pub(super) fn client(&self, place: &Place) -> Result<Client, FleetError> {
        let info = match place {
            Place::Socket(path) => self.info(ConnectionAddr::Unix(path.clone()))?,
            Place::Server(host) => self.host_info(host)?,
            Place::Cluster(hosts) | Place::Sentinels(hosts, _) => self.host_info(&hosts[0])?,
        };
        let client = match self.certificates()? {
            Some(certificates) => Client::build_with_tls(info, certificates),
            None => Client::open(info),
        };
        client.map_err(|error| self.said(&error, true))
    }

    /// Returns a client of a sentinel. Sentinels are asked without user and password.
    pub(super) fn sentinel(&self, host: &Host) -> Result<Client, FleetError> {
        let addr = self.host_info(host)?.addr().clone();
        let client = match self.certificates()? {
            Some(certificates) => Client::build_with_tls(addr, certificates),
            None => Client::open(addr),
        };
        client.map_err(|error| self.said(&error, true))
    }

    pub(super) fn host_info(&self, host: &Host) -> Result<ConnectionInfo, FleetError> {
        let (host, port) = host.clone();
        self.info(if self.tls {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        })
    }

    fn info(&self, addr: ConnectionAddr) -> Result<ConnectionInfo, FleetError> {
        let mut settings = RedisConnectionInfo::default().set_db(self.database);
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        let password = self.password.text()?;
        if !password.is_empty() {
            settings = settings.set_password(password);
        }
        let info = addr.into_connection_info();
        let info = info.map_err(|error| self.said(&error, true))?;
        Ok(info.set_redis_settings(settings))
    }

    /// Returns the command that reaches the server from a shell. It asks for the password.
    pub(super) fn shell(&self) -> String {
        let mut shell = "redis-cli".to_owned();
        match &self.place {
            Place::Socket(path) => {
                let path = path.display().to_string();
                shell = format!("{shell} -s {}", quoted(&path));
            }
            Place::Server((host, port)) => {
                shell = format!("{shell} -h {} -p {port}", quoted(host));
            }
            // Which of them is meant, its own report does not tell.
            Place::Cluster(_) | Place::Sentinels(..) => shell.push_str(" -h HOST -p PORT"),
        }
        if self.tls {
            shell.push_str(" --tls");
            if !self.ca_file.as_os_str().is_empty() {
                let file = self.ca_file.display().to_string();
                shell = format!("{shell} --cacert {}", quoted(&file));
            }
        }
        if let Some(user) = &self.user {
            shell = format!("{shell} --user {}", quoted(user));
        }
        if self.password != Secret::None {
            shell.push_str(" --askpass");
        }
        shell
    }

    /// Returns the certificates to trust instead of the system's.
    pub(super) fn certificates(&self) -> Result<Option<TlsCertificates>, FleetError> {
        if !self.tls || self.ca_file.as_os_str().is_empty() {
            return Ok(None);
        }
        let root_cert = std::fs::read(&self.ca_file).map_err(|source| FleetError::CaFile {
            path: self.ca_file.clone(),
            source: Arc::new(source),
        })?;
        Ok(Some(TlsCertificates {
            client_tls: None,
            root_cert: Some(root_cert),
        }))
    }

    /// Returns what an error of the library means.
    pub(super) fn said(&self, error: &RedisError, connecting: bool) -> FleetError {
        let server = self.shown.clone();
        let said = self.quotable(&error.to_string());
        // Before Redis 7 the code stands within the words about the script.
        let is = |code: &str| {
            error.code() == Some(code) || error.detail().is_some_and(|detail| detail.contains(code))
        };
        if error.is_timeout() {
            return FleetError::Silent { server };
        }
        // The last one is for commands of more than ten words.
        let refusals = ["NOAUTH", "WRONGPASS", "unauthenticated"];
        if error.kind() == redis::ErrorKind::AuthenticationFailed || refusals.into_iter().any(is) {
            return FleetError::Refused { server, said };
        }
        if is("NOPERM") {
            let grant = self.grant.clone();
            return FleetError::Forbidden {
                server,
                said,
                grant,
            };
        }
        if is("READONLY") {
            return FleetError::ReadOnly { server };
        }
        if is("OOM") {
            return FleetError::Full { server };
        }
        let unwell = [
            "LOADING",
            "BUSY",
            "MISCONF",
            "CLUSTERDOWN",
            "TRYAGAIN",
            "MASTERDOWN",
            "NOREPLICAS",
        ];
        if unwell.into_iter().any(is) {
            return FleetError::Unwell { server, said };
        }
        // Told by words alone: the library keeps no more of it.
        let of_tls = [
            "certificate",
            "received corrupt message",
            "InvalidContentType",
        ];
        if self.tls && of_tls.into_iter().any(|word| said.contains(word)) {
            return FleetError::Untrusted { server, said };
        }
        match error.kind() {
            redis::ErrorKind::Io if connecting => FleetError::Unreachable { server, said },
            redis::ErrorKind::Io => FleetError::BrokeOff { server, said },
            redis::ErrorKind::Parse => FleetError::NotRedis { server, said },
            _ => FleetError::Unexpected { server, said },
        }
    }

    pub(super) fn unexpected(&self, said: &str) -> FleetError {
        FleetError::Unexpected {
            server: self.shown.clone(),
            said: self.quotable(said),
        }
    }

    /// Returns words as they may be shown: on one line, cut, and without the password.
    fn quotable(&self, said: &str) -> String {
        let password = self.password.text().unwrap_or_default();
        config::quotable(said, &password)
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Url {
    scheme: String,
    place: Place,
    tls: bool,
    user: Option<String>,
    database: i64,
}

impl Url {
    /// Reads a URL. The reason that comes back never repeats what may be a password.
    fn parse(url: &str) -> Result<Self, String> {
        let unknown = || {
            "must begin with redis://, rediss://, redis+unix://, redis+cluster:// or \
             redis+sentinel://"
                .to_owned()
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(unknown)?;
        let (base, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        let tls = match base {
            "redis" => false,
            "rediss" => true,
            _ => return Err(unknown()),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(
                "has a password in it: write it into a file, and name that as \
                 `queue.password_file`"
                    .to_owned(),
            );
        }
        if rest.contains(['?', '#']) {
            return Err("takes no options after ? or #".to_owned());
        }
        let tail = path.trim_matches('/');
        let mut database = 0;
        let place = match kind {
            "" => {
                if !tail.is_empty() {
                    let number = tail.parse();
                    database =
                        number.map_err(|_| "ends in something that is no number of a database")?;
                }
                Place::Server(host(hosts, PORT)?)
            }
            "unix" if hosts.is_empty() && !tls && !tail.is_empty() => {
                Place::Socket(PathBuf::from(path))
            }
            "unix" => return Err("must be redis+unix:// and an absolute path".to_owned()),
            "cluster" if tail.is_empty() => Place::Cluster(list(hosts, PORT)?),
            "cluster" => return Err("cannot choose a database of a cluster".to_owned()),
            "sentinel" if !tail.is_empty() => {
                Place::Sentinels(list(hosts, SENTINEL_PORT)?, tail.to_owned())
            }
            "sentinel" => return Err("must end in / and the name of the primary".to_owned()),
            _ => return Err(unknown()),
        };
        Ok(Self {
            scheme: scheme.to_owned(),
            place,
            tls,
            user: user.filter(|user| !user.is_empty()).map(str::to_owned),
            database,
        })
    }

    fn shown(&self) -> String {
        let list = |hosts: &[Host]| {
            let hosts = hosts.iter().map(|(host, port)| format!("{host}:{port}"));
            hosts.collect::<Vec<_>>().join(",")
        };
        let place = match &self.place {
            Place::Server(host) => list(std::slice::from_ref(host)),
            Place::Socket(path) => path.display().to_string(),
            Place::Cluster(hosts) => list(hosts),
            Place::Sentinels(hosts, name) => format!("{}/{name}", list(hosts)),
        };
        format!("{}://{place}", self.scheme)
    }
}

/// Returns `text` as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:@+".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn list(hosts: &str, port: u16) -> Result<Vec<Host>, String> {
    hosts.split(',').map(|one| host(one, port)).collect()
}

fn host(text: &str, default: u16) -> Result<Host, String> {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    if name.is_empty() {
        return Err("names no host".to_owned());
    }
    let port = port.map_or(Ok(default), str::parse);
    let port = port.map_err(|_| format!("has a port that is none, after {name}"))?;
    Ok((name.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        let found = match Url::parse(url) {
            Ok(url) => format!("{} {:?} {}", url.shown(), url.user, url.database),
            Err(reason) => reason,
        };
        assert_eq!(found, expected, "{url}");
    }

    fn check_shell(url: &str, password_env: &str, expected: &str) {
        let queue = config::Queue {
            url: url.to_owned(),
            password_env: password_env.to_owned(),
            ..config::Queue::default()
        };
        assert_eq!(Address::new(&queue).unwrap().shell(), expected);
    }

    #[test]
    fn a_shell_reaches_the_server_and_asks_for_the_password() {
        check_shell("redis://valkey", "", "redis-cli -h valkey -p 6379");
        check_shell(
            "rediss://ragd@[::1]:7000/2",
            "PASSWORD",
            "redis-cli -h ::1 -p 7000 --tls --user ragd --askpass",
        );
        check_shell(
            "redis+unix:///run/it's here/s",
            "",
            r"redis-cli -s '/run/it'\''s here/s'",
        );
        check_shell("redis+cluster://a,b", "", "redis-cli -h HOST -p PORT");
    }

    #[test]
    fn addresses_are_read_and_passwords_are_not() {
        check("redis://valkey", "redis://valkey:6379 None 0");
        check(
            "rediss://ragd@valkey:6380/2",
            "rediss://valkey:6380 Some(\"ragd\") 2",
        );
        check("redis://[::1]:7000", "redis://::1:7000 None 0");
        check(
            "redis+unix:///run/valkey.sock",
            "redis+unix:///run/valkey.sock None 0",
        );
        check("redis+cluster://a:1,b", "redis+cluster://a:1,b:6379 None 0");
        check(
            "rediss+sentinel://a,b:2/main",
            "rediss+sentinel://a:26379,b:2/main None 0",
        );
        check(
            "redis://ragd:secret@valkey",
            "has a password in it: write it into a file, and name that as `queue.password_file`",
        );
        check(
            "redis://:secret@valkey",
            "has a password in it: write it into a file, and name that as `queue.password_file`",
        );
        check(
            "redis://valkey:many",
            "has a port that is none, after valkey",
        );
        check(
            "redis://valkey/main",
            "ends in something that is no number of a database",
        );
        check("redis://", "names no host");
        check(
            "redis+unix://run/valkey.sock",
            "must be redis+unix:// and an absolute path",
        );
        check(
            "redis+sentinel://a",
            "must end in / and the name of the primary",
        );
        check(
            "http://valkey",
            "must begin with redis://, rediss://, redis+unix://, redis+cluster:// or \
             redis+sentinel://",
        );
    }
}
