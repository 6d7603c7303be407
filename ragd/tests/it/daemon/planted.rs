//! Secrets that nobody has: made anew in each run, of halves, so that no scanner of those who host
//! this repository finds one in it.

/// A secret, and a line as people write it.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) kind: &'static str,
    pub(crate) secret: String,
    pub(crate) line: String,
}

const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const URL: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
const BASE64: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
const HASH: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";

/// Numbers that look like none, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, letters: &str, length: usize) -> String {
        let letters = letters.as_bytes();
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(letters[(self.0 >> 33) as usize % letters.len()])
        };
        // Neither end is a sign that might be taken for what comes next.
        (0..length)
            .map(|_| next())
            .collect::<String>()
            .replace(['-', '_'], "x")
    }
}

/// What tokens begin with, in two halves, of what they go on, how long, and how they are written.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    usize,
    &'static str,
);

#[rustfmt::skip]
const TOKENS: &[Row] = &[
    ("aws-access-key", "AK", "IA", UPPER, 16, "aws_access_key_id = {}"),
    ("aws-access-key", "AS", "IA", UPPER, 16, "let id = \"{}\";"),
    ("google-api-key", "AI", "za", ALNUM, 35, "const KEY = '{}';"),
    ("google-api-key", "AI", "za", ALNUM, 35, "https://maps.example.org/js?key={}&v=3"),
    ("google-oauth", "GOC", "SPX-", ALNUM, 28, "\"client\": \"{}\","),
    ("google-oauth", "ya", "29.", URL, 60, "oauth: {}"),
    ("azure-storage-key", "Account", "Key=", BASE64, 88, "conn = \"AccountName=a;{};EndpointSuffix=core.windows.net\""),
    ("github-token", "gh", "p_", ALNUM, 36, "export GITHUB_TOKEN={}"),
    ("github-token", "gh", "o_", ALNUM, 36, "  token: \"{}\""),
    ("github-token", "gh", "s_", ALNUM, 36, "git clone https://x-access-token:{}@github.com/a/b"),
    ("github-token", "github_", "pat_", ALNUM, 82, "Use {} to push."),
    ("gitlab-token", "glp", "at-", ALNUM, 20, "curl -H 'PRIVATE-TOKEN: {}' https://gitlab.example.org"),
    ("gitlab-token", "gld", "t-", ALNUM, 20, "deploy = {}"),
    ("slack-token", "xo", "xb-", ALNUM, 50, "slack.Client(\"{}\")"),
    ("slack-token", "xo", "xp-", ALNUM, 60, "SLACK={}"),
    ("slack-webhook", "hooks.slack.com/", "services/", ALNUM, 44, "POST https://{}"),
    ("discord-webhook", "discord.com/api/", "webhooks/", ALNUM, 80, "url = \"https://{}\""),
    ("stripe-key", "sk_", "live_", ALNUM, 24, "Stripe.api_key = \"{}\""),
    ("stripe-key", "rk_", "live_", ALNUM, 24, "# {}"),
    ("stripe-key", "wh", "sec_", ALNUM, 32, "endpoint_secret = '{}'"),
    ("twilio-key", "S", "K8", HEX, 31, "client = Client('{}')"),
    ("sendgrid-key", "S", "G.", ALNUM, 66, "SENDGRID={}"),
    ("mailgun-key", "ke", "y-", HEX, 32, "auth=(\"api\", \"{}\")"),
    ("npm-token", "np", "m_", ALNUM, 36, "//registry.npmjs.org/:_authToken={}"),
    ("pypi-token", "py", "pi-AgEIcHlwaS5vcmc", ALNUM, 90, "  password: {}"),
    ("docker-token", "dckr_", "pat_", ALNUM, 27, "docker login -p {}"),
    ("openai-key", "s", "k-", ALNUM, 48, "OPENAI_API_KEY={}"),
    ("openai-key", "sk-", "proj-", ALNUM, 100, "openai.api_key = \"{}\""),
    ("anthropic-key", "sk-a", "nt-api03-", ALNUM, 95, "x-api-key: {}"),
    ("huggingface-token", "h", "f_", ALNUM, 34, "login(token=\"{}\")"),
    ("digitalocean-token", "dop_", "v1_", HEX, 64, "do_token = \"{}\""),
    ("shopify-token", "shp", "at_", HEX, 32, "X-Shopify-Access-Token: {}"),
    ("vault-token", "hv", "s.", ALNUM, 90, "VAULT_TOKEN={}"),
    ("newrelic-key", "NR", "AK-", UPPER, 27, "license: {}"),
    ("grafana-token", "gl", "sa_", ALNUM, 41, "Grafana {}"),
    ("databricks-token", "da", "pi", HEX, 32, "databricks configure --token {}"),
    ("tailscale-key", "ts", "key-auth-", ALNUM, 40, "tailscale up --authkey {}"),
    ("linear-key", "lin_", "api_", ALNUM, 40, "Authorization: {}"),
    ("age-key", "AGE-SECRET-", "KEY-1", UPPER, 58, "{}"),
    ("password-hash", "$2", "y$10$", HASH, 53, "admin:{}"),
    // What is known by its name alone.
    ("aws-secret-key", "", "", BASE64, 40, "aws_secret_access_key = {}"),
    ("aws-secret-key", "", "", BASE64, 40, "AWS_SECRET_ACCESS_KEY=\"{}\""),
    ("generic-secret", "", "", HEX, 32, "  \"auth_token\": \"{}\","),
    ("generic-secret", "", "", HEX, 40, "client_secret: '{}'"),
    ("generic-secret", "", "", ALNUM, 24, "const API_KEY: &str = \"{}\";"),
    ("generic-secret", "", "", ALNUM, 32, "SECRET_KEY = '{}'"),
    ("generic-secret", "", "", ALNUM, 40, "curl 'https://api.example.org/v1?access_token={}&page=2'"),
    ("generic-secret", "", "", BASE64, 43, "signing_key = \"{}=\""),
    ("generic-secret", "", "", ALNUM, 30, "os.environ[\"SERVICE_TOKEN\"] = \"{}\""),
    ("password", "", "", ALNUM, 12, "password = \"{}!\""),
    ("password", "", "", ALNUM, 16, "DB_PASSWORD={}7"),
    ("password", "", "", ALNUM, 14, "  \"password\": \"{}9\","),
    ("password", "", "", ALNUM, 14, "Server=db;User Id=sa;Password={}4;Encrypt=true"),
    ("password", "", "", ALNUM, 14, "<password>{}2</password>"),
    ("password", "", "", ALNUM, 12, "machine example.org login kim password {}5"),
    ("password", "", "", ALNUM, 12, "    .with_password(\"{}3\")"),
    ("url-password", "", "", ALNUM, 14, "DATABASE_URL=postgres://app:{}1@db.example.org/app"),
    ("url-password", "", "", ALNUM, 14, "amqp://svc:{}8@queue.example.org:5672/%2f"),
    ("url-password", "", "", ALNUM, 20, "redis://:{}6@cache.example.org:6379/0"),
    ("bearer-token", "", "", ALNUM, 40, "Authorization: Bearer {}"),
    ("bearer-token", "", "", ALNUM, 48, "curl -H \"authorization: bearer {}\" https://api.example.org"),
    // What stands where others put a path or a variable, or is told of beside it.
    ("aws-secret-key", "", "/", BASE64, 39, "secret_access_key = \"{}\""),
    ("bearer-token", "", "/", BASE64, 43, "Authorization: Bearer {}"),
    ("password", "$", "3", ALNUM, 12, "password = \"{}!\""),
    ("password", "", "", ALNUM, 12, "host=db user=app password={}5 dbname=app"),
    ("password", "", "", ALNUM, 12, "curl -u kim:{}5 https://example.org"),
    ("password", "", "", ALNUM, 12, "{\"name\": \"DB_PASS\", \"value\": \"{}5\"}"),
    ("signed-url", "", "", ALNUM, 43, "https://a.example.org/c?sv=2022&sig={}=&se=2030"),
];

/// Returns all, each another one.
pub(crate) fn planted() -> Vec<Planted> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let of_tokens = TOKENS
        .iter()
        .map(|(kind, one, other, letters, length, line)| {
            let mut secret = format!("{one}{other}{}", dice.roll(letters, *length));
            // What the line adds right behind is part of it.
            let end = line.split_once("{}").map_or("", |(_, rest)| rest);
            let more = end
                .chars()
                .take_while(|c| c.is_ascii_digit() || "!=".contains(*c));
            let line = line.replace("{}", &secret);
            secret.extend(more);
            Planted { kind, secret, line }
        });
    let mut all: Vec<_> = of_tokens.collect();
    let mut dice = Dice(0xdead_beef_cafe_f00d);
    let jwt =
        ["ey", "JhbGciOiJIUzI1NiJ9.ey", "JzdWIiOiIxMjM0In0."].concat() + &dice.roll(ALNUM, 43);
    all.push(Planted {
        kind: "jwt",
        line: format!("cookie: session={jwt}"),
        secret: jwt,
    });
    let telegram = format!(
        "{}:A{}",
        "7123456789",
        "A".to_owned() + &dice.roll(ALNUM, 33)
    );
    all.push(Planted {
        kind: "telegram-token",
        line: format!("https://api.telegram.org/bot{telegram}/getMe"),
        secret: telegram,
    });
    let basic = "a2ltOk".to_owned() + "dyM2VuX1NlYWwuOTk=";
    all.push(Planted {
        kind: "basic-auth",
        line: format!("Authorization: Basic {basic}"),
        secret: basic,
    });
    all
}

/// Returns a private key of several lines, and one line of it that is enough to know it.
pub(crate) fn key(kind: &str) -> (String, String) {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let lines: Vec<_> = (0..6).map(|_| dice.roll(BASE64, 64)).collect();
    let (begin, end) = (format!("-----BEGIN {kind}"), format!("-----END {kind}"));
    let key = format!("{begin} KEY-----\n{}\n{end} KEY-----", lines.join("\n"));
    (key, lines[3].clone())
}
