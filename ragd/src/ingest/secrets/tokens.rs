//! Secrets that say what they are by how they begin.

/// Which characters may stand in a token.
type Class = fn(u8) -> bool;

/// A kind of token.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: &'static str,
    pub(super) begins: &'static [&'static str],
    /// What comes after that,
    class: Class,
    /// and how many of it.
    least: usize,
    most: usize,
}

/// So many characters of a token are looked at: what is longer is none, or redacted so far.
const MOST: usize = 4_096;

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn word(byte: u8) -> bool {
    alnum(byte) || byte == b'_'
}

/// Base64 as it stands in addresses.
fn url(byte: u8) -> bool {
    word(byte) || byte == b'-'
}

fn base64(byte: u8) -> bool {
    alnum(byte) || b"+/=".contains(&byte)
}

fn dotted(byte: u8) -> bool {
    url(byte) || byte == b'.'
}

fn path(byte: u8) -> bool {
    dotted(byte) || byte == b'/' || byte == b'@'
}

fn crypt(byte: u8) -> bool {
    alnum(byte) || b"./$=,+".contains(&byte)
}

const fn token(
    kind: &'static str,
    begins: &'static [&'static str],
    class: Class,
    least: usize,
    most: usize,
) -> Token {
    Token {
        kind,
        begins,
        class,
        least,
        most,
    }
}

/// All kinds; of two that fit, the first.
#[rustfmt::skip]
pub(super) const TOKENS: &[Token] = &[
    token("aws-access-key", &["AKIA", "ASIA", "ABIA", "ACCA"], upper, 16, 16),
    token("alibaba-key", &["LTAI"], alnum, 16, 26),
    token("tencent-key", &["AKID"], alnum, 32, 36),
    token("google-api-key", &["AIza"], url, 35, 35),
    token("google-oauth", &["GOCSPX-"], url, 28, 28),
    token("google-oauth", &["ya29."], dotted, 30, MOST),
    token("google-oauth", &["1//0"], url, 40, 255),
    token("azure-storage-key", &["AccountKey="], base64, 86, 90),
    token("azure-storage-key", &["SharedAccessKey="], base64, 42, 90),
    token("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], alnum, 30, 255),
    token("github-token", &["github_pat_"], word, 22, 255),
    token(
        "gitlab-token",
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glffct-"],
        dotted, 20, 300,
    ),
    token("gitlab-token", &["GR1348941"], url, 20, 40),
    token(
        "slack-token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-", "xoxe-", "xoxe.", "xapp-"],
        dotted, 20, 512,
    ),
    token(
        "slack-webhook",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
        path, 30, 200,
    ),
    token(
        "discord-webhook",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        path, 60, 200,
    ),
    token("teams-webhook", &["webhook.office.com/webhookb2/"], path, 60, 400),
    token("stripe-key", &["sk_live_", "rk_live_", "sk_test_", "rk_test_"], alnum, 16, 255),
    token("stripe-key", &["whsec_"], base64, 24, 255),
    token(
        "twilio-key",
        &[
            "SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc",
            "SKd", "SKe", "SKf",
        ],
        hex, 31, 31,
    ),
    token("sendgrid-key", &["SG."], dotted, 50, 80),
    token("mailgun-key", &["key-"], hex, 32, 32),
    token("npm-token", &["npm_"], alnum, 36, 255),
    token("pypi-token", &["pypi-AgE"], url, 50, 512),
    token("rubygems-token", &["rubygems_"], hex, 48, 48),
    token("crates-token", &["cio"], alnum, 32, 32),
    token("nuget-key", &["oy2"], |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit(), 43, 43),
    token("docker-token", &["dckr_pat_", "dckr_oat_"], url, 24, 80),
    token("anthropic-key", &["sk-ant-"], url, 20, 255),
    token("openai-key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-or-v1-"], url, 20, 255),
    token("openai-key", &["sk-"], alnum, 32, 64),
    token("huggingface-token", &["hf_", "api_org_"], alnum, 30, 64),
    token("groq-key", &["gsk_"], alnum, 40, 80),
    token("xai-key", &["xai-"], alnum, 60, 120),
    token("perplexity-key", &["pplx-"], alnum, 40, 80),
    token("replicate-token", &["r8_"], alnum, 37, 40),
    token("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], hex, 64, 64),
    token("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], |byte| byte.is_ascii_hexdigit(), 32, 32),
    token("vault-token", &["hvs.", "hvb.", "hvr."], url, 24, 300),
    token("doppler-token", &["dp.pt.", "dp.st.", "dp.ct."], dotted, 40, 80),
    token("newrelic-key", &["NRAK-"], upper, 27, 27),
    token("grafana-token", &["glsa_"], word, 32, 80),
    token("grafana-token", &["glc_"], base64, 40, 400),
    token("sentry-token", &["sntrys_", "sntryu_"], |byte| base64(byte) || byte == b'_', 40, 400),
    token("postman-key", &["PMAK-"], |byte| hex(byte) || byte == b'-', 50, 64),
    token("databricks-token", &["dapi"], |byte| hex(byte) || byte == b'-', 32, 36),
    token("atlassian-token", &["ATATT3xFfGF0", "ATCTT3xFfGN0", "ATBB"], |byte| url(byte) || byte == b'=', 24, 300),
    token("linear-key", &["lin_api_"], alnum, 40, 48),
    token("notion-token", &["ntn_"], alnum, 40, 60),
    token("square-token", &["sq0atp-", "sq0csp-"], url, 22, 60),
    token("planetscale-token", &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], dotted, 32, 80),
    token("supabase-key", &["sbp_", "sb_secret_"], word, 30, 60),
    token("tailscale-key", &["tskey-"], url, 24, 80),
    token("netlify-token", &["nfp_"], alnum, 36, 60),
    token("flyio-token", &["fo1_", "fm2_"], |byte| base64(byte) || byte == b'_' || byte == b'-', 40, MOST),
    token("circleci-token", &["CCIPAT_"], word, 40, 120),
    token("heroku-key", &["HRKU-"], url, 36, 80),
    token("pulumi-token", &["pul-"], hex, 40, 40),
    token("figma-token", &["figd_"], url, 36, 60),
    token("jfrog-token", &["AKCp"], alnum, 64, 80),
    token("facebook-token", &["EAACEdEose0cBA"], alnum, 20, 300),
    token("age-key", &["AGE-SECRET-KEY-1"], upper, 58, 58),
    token("password-hash", &["$2a$", "$2b$", "$2y$"], crypt, 50, 64),
    token("password-hash", &["$6$", "$5$", "$y$"], crypt, 45, 160),
    token("password-hash", &["$apr1$"], crypt, 20, 40),
    token("password-hash", &["$argon2"], crypt, 40, 200),
    // A key in PEM, packed once more: as in the secrets of Kubernetes.
    token(
        "private-key",
        &[
            "LS0tLS1CRUdJTiBQUklWQVRF", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS", "LS0tLS1CRUdJTiBFQyBQUklWQVRF",
            "LS0tLS1CRUdJTiBPUEVOU1NIIFBS", "LS0tLS1CRUdJTiBFTkNSWVBURUQg",
            "LS0tLS1CRUdJTiBEU0EgUFJJVkFURS", "LS0tLS1CRUdJTiBQR1AgUFJJVkFURS",
        ],
        base64, 40, MOST * 4,
    ),
];

impl Token {
    /// Returns where the token ends that begins with one of [`Token::begins`], which ends at `from`;
    /// none if it is no token.
    pub(super) fn end(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = &text[from..text.len().min(from + self.most + 1)];
        let length = rest.iter().position(|byte| !(self.class)(*byte));
        let length = length.unwrap_or(rest.len());
        let found = &rest[..length];
        let is_one = (self.least..=self.most).contains(&length)
            && !text.get(from + length).is_some_and(|next| word(*next))
            && super::value::entropy(found) >= 2.5
            && !super::value::is_example(found);
        is_one.then_some(from + length)
    }
}

/// Tells whether a word may begin at `at`.
pub(super) fn begins_word(text: &[u8], at: usize) -> bool {
    match text[..at] {
        // An escape in a string is no letter.
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., before] => !word(before),
        [] => true,
    }
}
