use std::path::Path;

use proptest::prelude::*;

use super::find::{Hit, find};
use super::*;
use crate::ingest::extract::{Extracted, Heading};

#[path = "../../../tests/it/daemon/planted.rs"]
mod planted;

use planted::{Planted, key, planted};

fn usual() -> Search {
    Search::default()
}

/// Returns the text without secrets.
fn clean(text: &str) -> String {
    let mut text = text.to_owned();
    redact_text(&mut text, &usual());
    text
}

#[test]
fn what_is_planted_is_found() {
    let all = planted();
    let kinds: BTreeSet<_> = all.iter().map(|planted| planted.kind).collect();
    assert!(all.len() >= 60 && kinds.len() >= 20, "{}", all.len());
    for Planted { kind, secret, line } in all {
        let cleaned = clean(&line);
        let mark = format!("[SECRET:{kind}]");
        assert!(!cleaned.contains(&secret), "{kind}: {line}");
        assert!(cleaned.contains(&mark), "{kind}: {line} became {cleaned}");
        // All of it went, and nothing else.
        assert_eq!(cleaned, line.replacen(&secret, &mark, 1), "{kind}");
        assert_eq!(clean(&cleaned), cleaned, "{kind} is found in its own place");
    }
}

#[test]
fn long_values_are_replaced_as_a_whole() {
    let long: String = planted()
        .iter()
        .map(|planted| planted.secret.as_str())
        .collect();
    let long: String = long.chars().filter(char::is_ascii_alphanumeric).collect();
    assert!(long.len() > 2_000);
    let text = format!("AWS_SESSION_TOKEN={long}\ntoken = \"{long}\"\n");
    let clean_text =
        "AWS_SESSION_TOKEN=[SECRET:generic-secret]\ntoken = \"[SECRET:generic-secret]\"\n";
    assert_eq!(clean(&text), clean_text);
}

#[test]
fn quotes_as_printers_set_them_are_quotes() {
    let text = "client_secret: \u{2019}725900e968e41518ff82938530d2fb3f1ee6fbe0\u{2019}\n";
    let clean_text = "client_secret: \u{2019}[SECRET:generic-secret]\u{2019}\n";
    assert_eq!(clean(text), clean_text);
    let text = "\u{201c}password\u{201d}: \u{201c}Tr0ub4dor&3\u{201d}";
    assert_eq!(
        clean(text),
        "\u{201c}password\u{201d}: \u{201c}[SECRET:password]\u{201d}"
    );
}

#[test]
fn keys_of_several_lines_leave_their_lines() {
    for kind in [
        "PRIVATE",
        "RSA PRIVATE",
        "EC PRIVATE",
        "OPENSSH PRIVATE",
        "ENCRYPTED PRIVATE",
    ] {
        let (key, _) = key(kind);
        let text = format!("a: |\n{key}\nb\n");
        assert_eq!(
            clean(&text),
            format!("a: |\n[SECRET:private-key]{}\nb\n", "\n".repeat(7)),
            "{kind}"
        );
        let indented = key.replace('\n', "\n    ");
        let cleaned = clean(&format!("tls:\n    {indented}\nb\n"));
        assert_eq!(
            cleaned,
            format!("tls:\n    [SECRET:private-key]{}\nb\n", "\n".repeat(7)),
            "{kind}"
        );
        let in_json = format!("{{\"key\": \"{}\\n\"}}", key.replace('\n', "\\n"));
        assert_eq!(
            clean(&in_json),
            "{\"key\": \"[SECRET:private-key]\\n\"}",
            "{kind}"
        );
        // Its end is missing.
        let (cut, _) = key.split_at(300);
        let lines = "\n".repeat(cut.matches('\n').count());
        let cleaned = clean(&format!("{cut}\n\nb"));
        assert_eq!(
            cleaned,
            format!("[SECRET:private-key]{lines}\n\nb"),
            "{kind}"
        );
    }
    let (pgp, line) = key("PGP PRIVATE");
    let pgp = pgp.replace(" KEY-----", " KEY BLOCK-----");
    assert!(!clean(&pgp).contains(&line));
    assert!(
        clean(&format!("{pgp}\nb")).ends_with("]\n\n\n\n\n\n\n\nb"),
        "{:?}",
        clean(&pgp)
    );
}

#[test]
fn talk_about_secrets_is_none() {
    for text in [
        "password = \"changeme\"",
        "password: <your password>",
        "PASSWORD=${DB_PASSWORD}",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "api_key = os.environ[\"API_KEY\"]",
        "let token = self.next_token()?;",
        "API_KEY=your-api-key-here",
        "api_key: \"xxxxxxxxxxxxxxxxxxxxxxxx\"",
        "secret_name: \"prod-db-password-2\"",
        "token_type = \"urn:ietf:params:oauth:token-type:access_token\"",
        "postgres://user:password@localhost/db",
        "postgres://postgres:postgres@localhost/db",
        "https://example.org:8080/a@b",
        "AKIAIOSFODNN7EXAMPLE",
        "if text.starts_with(\"-----BEGIN PRIVATE KEY-----\") { return read(&text[27..], \"-----END PRIVATE KEY-----\"); }",
        "Authorization: Bearer <token>",
        "Authorization: Basic auth is described below",
        "The token bucket holds 120 tokens; the secret of it is simple.",
        "const PASSWORD_ERROR: u32 = 0x8031006C;",
        "public static final String TOKEN_URL = \"https://login.example.org/oauth2/v2.0\";",
        "sk-learn is a library, and task-0123456789abcdef0123456789abcdef01 is a task",
        "sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        "commit ghp_ and hf_ are prefixes",
        "password_file = \"/run/credentials/ragd.service/llm2\"",
        "fn password(&self) -> Option<&str>",
        "[SECRET:password]",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn places_in_a_document_stay_right() {
    let Planted { secret, .. } = planted().swap_remove(7);
    let (key, _) = key("PRIVATE");
    let text = format!("fn a() {{}}\n// {secret}\nfn b() {{}}\n{key}\nfn c() {{}}\n");
    let at = |text: &str, part: &str| text.find(part).unwrap();
    let heading = |part: &str| Heading {
        at: at(&text, part),
        level: 1,
        title: part.to_owned(),
    };
    let within = at(&text, &key) + key.find('\n').unwrap() + 1;
    let mut extracted = Extracted {
        headings: vec![
            heading("fn a"),
            heading("fn b"),
            Heading {
                at: within,
                ..heading(&secret)
            },
            heading("fn c"),
        ],
        title: Some(secret.clone()),
        text: text.clone(),
        ..Extracted::default()
    };
    let found = redact(&mut extracted, &usual());
    let found: Vec<_> = found
        .iter()
        .map(|found| (found.line, found.kind.as_str()))
        .collect();
    assert_eq!(found, [(2, "github-token"), (4, "private-key")]);
    assert_eq!(extracted.text.lines().count(), text.lines().count());
    for (heading, part) in [(0, "fn a"), (1, "fn b"), (3, "fn c")] {
        let heading = &extracted.headings[heading];
        assert!(extracted.text[heading.at..].starts_with(part), "{part}");
    }
    let line = |text: &str, at: usize| text[..at].matches('\n').count();
    assert_eq!(
        line(&extracted.text, extracted.headings[2].at),
        line(&text, within)
    );
    assert_eq!(extracted.headings[2].title, "[SECRET:github-token]");
    assert_eq!(extracted.title.as_deref(), Some("[SECRET:github-token]"));
}

#[test]
fn what_stands_beside_the_text_alone_is_listed() {
    let Planted { secret, .. } = planted().swap_remove(7);
    let mut extracted = Extracted {
        text: "walrus".to_owned(),
        title: Some(format!("notes on {secret}")),
        ..Extracted::default()
    };
    let found = redact(&mut extracted, &usual());
    assert_eq!((found.len(), found[0].line), (1, 1));
    assert_eq!(
        extracted.title.as_deref(),
        Some("notes on [SECRET:github-token]")
    );
}

#[test]
fn a_false_alarm_can_be_told_off() {
    let Planted { line, .. } = planted().swap_remove(7);
    let with = |change: &dyn Fn(&mut config::Secrets)| {
        let mut config = config::Secrets::default();
        change(&mut config);
        Secrets::new(&config)
    };
    let listed = |secrets: &Secrets, path: &str| {
        let mut extracted = Extracted {
            text: line.clone(),
            ..Extracted::default()
        };
        let search = secrets.search(Path::new(path));
        search.map_or(Vec::new(), |search| redact(&mut extracted, search))
    };
    let usual = with(&|_| {});
    let mark = listed(&usual, "a/b.env").remove(0).mark;
    assert_eq!(mark.len(), 8);
    let by_mark = with(&|config| config.allow.push(mark.clone()));
    assert_eq!(listed(&by_mark, "a/b.env"), []);
    let by_kind = with(&|config| config.off.push("github-token".to_owned()));
    assert_eq!(listed(&by_kind, "a/b.env"), []);
    let by_path = with(&|config| config.allow_paths.push("/a/".to_owned()));
    assert_eq!(listed(&by_path, "a/b.env"), []);
    assert_eq!(listed(&by_path, "b/a/b.env").len(), 1);
    assert!(by_path.leave_out(Path::new("b/.env")) && !by_path.leave_out(Path::new("a/c/.env")));
    let off = with(&|config| config.redact = false);
    assert_eq!(listed(&off, "a"), []);
    assert!(off.leave_out(Path::new(".env")));
    let all = [&usual, &by_mark, &by_kind, &by_path, &off];
    let terms = all.map(Secrets::terms);
    assert_eq!(BTreeSet::from(terms).len(), 5, "each makes other texts");
    let names = all.map(Secrets::fingerprint);
    assert_eq!(BTreeSet::from(names).len(), 4, "but this of few documents");
    assert_eq!(by_path.fingerprint(), usual.fingerprint());
    assert_eq!(by_path.pipeline_of("p", b"b/a/b.env"), "p");
    assert_ne!(by_path.pipeline_of("p", b"a/b.env"), "p");
}

#[test]
fn files_that_hold_nothing_else_are_known_by_name() {
    for name in [
        ".env",
        ".env.production",
        "id_rsa",
        "a/ID_ED25519",
        "server.pem",
        "x.p12",
        "a.zip!/b/.netrc",
        ".aws/credentials",
        ".docker/config.json",
        "safe.kdbx",
        ".htpasswd",
        "credentials.json",
        "service-account.json",
        "service_account_prod.json",
        "prod.tfvars",
        "prod.auto.tfvars",
        "prod.tfvars.json",
        "terraform.tfstate",
        "terraform.tfstate.backup",
        "kubeconfig",
        "prod.kubeconfig",
        ".kube/config",
        ".envrc",
        "prod.env",
        "_netrc",
        ".pgpass",
        ".my.cnf",
        ".pypirc",
        "id_ecdsa",
        "server.key",
        "x.pfx",
        "x.jks",
        "x.keystore",
        "x.ppk",
        "secrets.yml",
        "config/secrets.yaml",
        "secrets.json",
        ".streamlit/secrets.toml",
        ".dockercfg",
        ".git-credentials",
        ".vault-token",
    ] {
        assert!(names::is_secret(Path::new(name)), "{name}");
    }
    for name in [
        ".env.example",
        ".env.production.sample",
        "id_rsa.pub",
        "credentials",
        "config.json",
        "env",
        "pem.rs",
        // Mostly settings: what is secret in it is replaced.
        ".npmrc",
        "wp-config.php",
        "secrets.rs",
        "secrets.md",
        "chart/templates/secrets.yaml",
        "secrets.example.yaml",
        "example.tfvars",
        "terraform.tfvars.sample",
        "sample.env",
        ".env.dist",
        ".envrc.template",
        "credentials.example.json",
        "service-accounts.md",
        "keys.rs",
        "environment.ts",
        "",
        "shadow.css",
        "docs/credentials.md",
    ] {
        assert!(!names::is_secret(Path::new(name)), "{name}");
    }
}

#[test]
fn what_is_made_to_take_long_does_not() {
    let (key, _) = key("PRIVATE");
    let begin = key.lines().next().unwrap();
    for part in [
        "eyJ",
        "://",
        "token=",
        "password:",
        "token: &str ",
        "bearer ",
        "ghp_",
        "\"auth\":\"",
        begin,
        "-us1",
        ".atlasv1.",
        "AccountKey=",
        "password a login ",
        "1:AA",
        "9Q~",
        "kind: Secret\n",
        "kind: Secret\n  data:\n",
        "\"kind\":\"Secret\"",
        "\"kind\":\"Secret\",\"data\":{",
        "mysql ",
        "mysql -u \\\n",
        "chpasswd|",
        "name: password\n",
        "value: x name: password\n",
        "variable \"token\" {",
        "user=a password=b ",
        ";pwd=a",
        ":5432:",
        "MTA",
        "sig=",
        "a@tcp(",
        "<key>token</key>",
        "|token",
        " -u a:",
    ] {
        let text = part.repeat((1 << 16) / part.len());
        let start = std::time::Instant::now();
        find(&text);
        assert!(
            start.elapsed().as_secs() < 10,
            "{part}: {:?}",
            start.elapsed()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the text is: what is found lies apart, in order and between characters, and what is
    /// left has as many lines.
    #[test]
    fn found_secrets_lie_apart(
        parts in prop::collection::vec(
            prop_oneof![
                "[ -~\n]{0,20}",
                "\\PC{0,8}",
                prop::sample::select(planted()).prop_map(|planted| planted.line),
                Just(key("PRIVATE").0),
                Just("-----BEGIN PRIVATE KEY-----\n".to_owned()),
                Just("password=\"".to_owned()),
                Just("token:".to_owned()),
            ],
            0..12,
        ),
    ) {
        let text = parts.concat();
        let mut end = 0;
        for Hit { range, .. } in find(&text) {
            prop_assert!(range.start >= end && range.end > range.start);
            prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            end = range.end;
        }
        prop_assert_eq!(clean(&text).matches('\n').count(), text.matches('\n').count());
    }
}
