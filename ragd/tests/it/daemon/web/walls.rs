//! Whoever gives an address does not reach by it what he could not reach himself.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ragd::config::Config;
use ragd::internet::Names;
use ragd::web::{Address, Web, WebError};
use tokio_util::sync::CancellationToken;

use super::pages::{Page, Pages};

/// Names that answer as a hostile server of names does: each question has the next answer, and the
/// last one stays.
#[derive(Debug)]
struct Answers {
    answers: Mutex<VecDeque<Option<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Answers {
    fn new(answers: &[Option<&[&str]>]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| {
            answer.map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect())
        });
        Arc::new(Self {
            answers: Mutex::new(answers.collect()),
            asked: Mutex::default(),
        })
    }
}

#[async_trait]
impl Names for Answers {
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        };
        match answer {
            Some(found) => Ok(found.iter().map(|ip| SocketAddr::new(*ip, port)).collect()),
            None => Err(io::Error::other("the server of names does not answer")),
        }
    }
}

async fn fetch(web: &Web, address: &str) -> Result<Vec<u8>, WebError> {
    let address = Address::parse(address).unwrap();
    let page = web.fetch(&address, &CancellationToken::new()).await?;
    Ok(page.bytes.to_vec())
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

/// Ways to write this machine, its network, and what clouds keep beside it. `PORT` is that of a server
/// that counts.
const PLACES: [&str; 68] = [
    "http://127.0.0.1/",
    "http://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://0177.0x0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.0.0.0:PORT/",
    "https://localhost/",
    "https://localhost:PORT/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://127.0.0.1./",
    "https://[::]/",
    "https://[::]:PORT/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://012.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.1.1:8443/",
    "https://3232235777/",
    "https://0xc0a80101/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
    "https://\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}/",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beside_this_machine_is_not_reached() {
    let secret = Pages::new();
    secret.set("/", Page::Is("text/plain", b"secret".to_vec()));
    // It would be allowed to be asked without encryption, and has what could be asked.
    let web = Web::new(&config(|config| {
        config.web.http_hosts = vec![secret.host(), "127.0.0.1".to_owned()];
    }));
    for place in PLACES {
        let place = place.replace("PORT", &secret.port().to_string());
        let refused = fetch(&web, &place).await.unwrap_err();
        let is_wall = matches!(refused, WebError::Private { .. } | WebError::Port { .. });
        assert!(is_wall, "{place}: {refused:?}");
        assert!(refused.hint().is_some());
    }
    assert_eq!(secret.connected(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_on_to_what_is_beside_this_machine() {
    let (open, secret) = (Pages::new(), Pages::new());
    secret.set("/", Page::Is("text/plain", b"secret".to_vec()));
    let web = Web::new(&config(|config| {
        config.web.private_hosts = vec![open.host()];
        config.web.http_hosts = vec![open.host(), secret.host(), "127.0.0.1".to_owned()];
    }));
    for place in PLACES {
        let place = place.replace("PORT", &secret.port().to_string());
        if place.is_ascii() {
            open.sends_on("/", &place);
            let refused = fetch(&web, &open.address("/")).await.unwrap_err();
            let is_wall = matches!(refused, WebError::Private { .. } | WebError::Port { .. });
            assert!(is_wall, "{place}: {refused:?}");
        }
    }
    for place in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:6379/_INFO",
        "data:text/plain,hello",
        "https://user:secret@example.org/",
        "https://",
    ] {
        open.sends_on("/", place);
        let refused = fetch(&web, &open.address("/")).await.unwrap_err();
        let is_wall = matches!(refused, WebError::SentOnNowhere { .. });
        assert!(is_wall, "{place}: {refused:?}");
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    // Not encrypted, from one that is.
    open.sends_on("/", "http://example.org/");
    let refused = fetch(&web, &open.address("/")).await.unwrap_err();
    assert!(matches!(refused, WebError::Plain { .. }), "{refused:?}");
    assert_eq!(secret.connected(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_lead_beside_this_machine_are_not_followed() {
    let web = |names: Arc<Answers>| Web::with_names(&Config::default(), names);
    for answer in [
        &["127.0.0.1"][..],
        &["10.0.0.7"],
        &["169.254.169.254"],
        &["::1"],
        &["fd00::7"],
        &["::ffff:127.0.0.1"],
        // One of them is enough.
        &["93.184.216.34", "127.0.0.1"],
        &["2606:4700::1111", "fe80::1"],
    ] {
        let names = Answers::new(&[Some(answer)]);
        let refused = fetch(&web(Arc::clone(&names)), "https://example.org/").await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, WebError::Private { .. }),
            "{answer:?}: {refused:?}"
        );
    }
    // Whoever does not know where a host is does not guess.
    for silent in [None, Some(&[][..])] {
        let names = Answers::new(&[silent]);
        let refused = fetch(&web(names), "https://example.org/").await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, WebError::Away { .. }), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_once_for_each_hop() {
    let pages = Pages::new();
    pages.set("/", Page::Is("text/plain", b"walrus".to_vec()));
    pages.sends_on("/away", &format!("http://example.org:{}/", pages.port()));
    let host = format!("example.org:{}", pages.port());
    let config = config(|config| {
        config.web.private_hosts = vec![host.clone()];
        config.web.http_hosts = vec![host.clone()];
    });
    // The second answer is for whoever would ask again.
    let names = Answers::new(&[Some(&["127.0.0.1"]), None]);
    let web = Web::with_names(&config, Arc::<Answers>::clone(&names));
    let page = fetch(&web, &format!("http://{host}/")).await.unwrap();
    assert_eq!(page, b"walrus");
    assert_eq!(*names.asked.lock().unwrap(), ["example.org"]);
    let names = Answers::new(&[Some(&["127.0.0.1"]), Some(&["127.0.0.1"]), None]);
    let web = Web::with_names(&config, Arc::<Answers>::clone(&names));
    let page = fetch(&web, &format!("http://{host}/away")).await.unwrap();
    assert_eq!(page, b"walrus");
    assert_eq!(names.asked.lock().unwrap().len(), 2);
}
