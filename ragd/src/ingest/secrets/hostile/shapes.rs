//! What is known by its shape, and texts that end within it.

use super::{BASE64, Dice, HEX, check, check_plain, find};

#[test]
fn tokens_are_known_by_their_shape() {
    check(&[
        "x ⟦MT¦A1{a21}.G¦{a5}.{a38}⟧ y",
        "bot.run(\"⟦NT¦c1{a21}.X¦{a5}.{a27}⟧\")",
        "https://⟦discord.com/api/¦webhooks/123456789012345678/{a68}⟧",
        "https://⟦discordapp.com/api/¦webhooks/123456789012345678/{a68}⟧",
        "https://⟦hooks.slack.com/¦services/T{u8}/B{u8}/{a24}⟧",
        "x ⟦xox¦b-123456789012-{a24}⟧",
        "x ⟦xox¦p-123456789012-{a24}⟧",
        "x ⟦xox¦a-2-123456789012-{a24}⟧",
        "x ⟦xox¦r-123456789012-{a24}⟧",
        "x ⟦xox¦s-123456789012-{a24}⟧",
        "x ⟦xox¦o-123456789012-{a24}⟧",
        "x ⟦xox¦c-123456789012-{a24}⟧",
        "x ⟦xox¦d-{a60}⟧",
        "x ⟦xox¦e-1-{a60}⟧",
        "x ⟦xox¦e.xox¦p-1-{a60}⟧",
        "x ⟦xap¦p-1-A{u8}-{a40}⟧",
        "https://x.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=⟦{a20}%2F{a22}%3D⟧",
        "?sv=2022-11-02&sig=⟦{a43}=⟧&se=2030",
        "SharedAccessSignature sr=x&sig=⟦{a43}%3d⟧&se=1",
        "https://x.s3.amazonaws.com/a?X-Amz-Signature=⟦{h64}⟧&x=1",
        "https://storage.googleapis.com/a?X-Goog-Signature=⟦{h256}⟧",
        "x ⟦gh¦p_{a36}⟧",
        "x ⟦gh¦o_{a36}⟧",
        "x ⟦gh¦s_{a36}⟧",
        "x ⟦gh¦u_{a36}⟧",
        "x ⟦gh¦r_{a36}⟧",
        "x ⟦github¦_pat_{a22}_{a59}⟧",
        "x ⟦glp¦at-{a20}⟧",
        "x ⟦glr¦t-{a20}⟧",
        "x ⟦glpt¦t-{h40}⟧",
        "x ⟦GR¦1348941{a20}⟧",
        "x ⟦np¦m_{a36}⟧",
        "x ⟦pypi¦-AgEIcHlwaS5vcmc{a90}⟧",
        "x ⟦pypi¦-AgENdGVzdC5weXBpLm9yZw{a90}⟧",
        "x ⟦sk¦_live_{a24}⟧",
        "x ⟦rk¦_live_{a24}⟧",
        "x ⟦whs¦ec_{a32}⟧",
        "x ⟦S¦G.{a22}.{a43}⟧",
        "x ⟦S¦K{h32}⟧",
        "TWILIO_AUTH_TOKEN=⟦{h32}⟧",
        "x ⟦7123456789:A¦A{a33}⟧",
        "x ⟦sk¦-{a20}T3Blbk¦FJ{a20}⟧",
        "x ⟦sk¦-proj-{a100}⟧",
        "x ⟦sk¦-ant-api03-{a93}AA⟧",
        "x ⟦sk¦-ant-admin01-{a93}AA⟧",
        "x ⟦AI¦za{a35}⟧",
        "x ⟦ya2¦9.{a60}⟧",
        "x ⟦1¦//0{a60}⟧",
        "x ⟦GOC¦SPX-{a28}⟧",
        "x ⟦h¦f_{a34}⟧",
        "x ⟦dop¦_v1_{h64}⟧",
        "x ⟦da¦pi{h32}⟧",
        "x ⟦da¦pi{h32}-2⟧",
        "x ⟦hv¦s.{a90}⟧",
        "x ⟦hv¦b.{a90}⟧",
        "x ⟦AGE-SECRET¦-KEY-1{u58}⟧",
        "x ⟦ey¦JhbGciOiJIUzI1NiJ9.ey¦JzdWIiOiIxMjM0In0.{a43}⟧",
        "x ⟦{a3}8Q~{a34}⟧",
        "x ⟦{a14}.atlasv1.{a60}⟧",
    ]);
    check_plain(&[
        "sig=abc",
        "MTAyMzQ1",
        "https://example.org/?sig=title",
        "1//0",
        "The interest of Nzinga.",
    ]);
}

#[test]
fn keys_in_files_of_any_kind_are_found() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let body: Vec<_> = (0..6).map(|_| dice.roll(BASE64, 64)).collect();
    let body = body.join("\n");
    for kind in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "ANY PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "SSH2 ENCRYPTED PRIVATE KEY",
    ] {
        for dashes in ["-----", "---- "] {
            let close = dashes.trim().chars().rev().collect::<String>();
            let space = if dashes.ends_with(' ') { " " } else { "" };
            let text = format!(
                "a\n{dashes}BEGIN {kind}{space}{close}\n{body}\n{dashes}END {kind}{space}{close}\nb\n"
            );
            let found = find(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(text[..found[0].range.start].trim(), "a", "{text}");
            assert_eq!(text[found[0].range.end..].trim(), "b", "{text}");
        }
    }
    let putty = format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 6\n{body}\nPrivate-Lines: 6\n{}\nPrivate-MAC: {}\n",
        body.to_lowercase(),
        dice.roll(HEX, 64)
    );
    let found = find(&putty);
    assert_eq!(found.len(), 1, "{putty}");
    assert_eq!(putty[found[0].range.clone()], body.to_lowercase());
}

/// Whatever a text was cut to, nothing is looked at beyond its end.
#[test]
fn a_text_may_end_anywhere() {
    for text in [
        "x: {\"name\": \"DB_PASS\", \"value\": \"gr4nite\"}",
        "{\\\"name\\\": \\\"DB_PASS\\\", \\\"value\\\": \\\"gr4nite\\\"}",
        "items:\n- apiVersion: v1\n  data:\n    a: YXBwLWdyNG5pdGU=\n  kind: Secret\n",
        "{\"kind\": \"Secret\", \"data\": {\"a\": \"YXBwLWdyNG5pdGU=\"}}",
        "kind: Secret\nstringData:\n  conf: |\n    line gr\u{e4}nite\n",
        "var passw\u{e4} password string = \"gr4nite\u{e4}\"",
        "host=db user=x password='my gr4nite owl' dbname=y",
        "Server=db;Uid=sa;Pwd={gr4;nite};",
        "mysqldump -h db -uroot -p'S3cret!x' app > x.sql",
        "curl \\\n  -u 'kim:S3cret9!x' \\\n  https://example.org",
        "echo \"kim:S3cret9\" | chpasswd",
        "db.example.org:5432:app:kim:gr4nite",
        "jdbc:oracle:thin:app/gr4nite@db:1521/x",
        "app:gr4nite@tcp(db:3306)/app",
        "http://app:gr4/ni#te@proxy.example.org:3128",
        "MTA1zM6Omru5wvFxYROCGxa7d.GXoSHG.XjNMLWL4nah0C56kMatKKL0ixja1zydt",
        "<password encrypted=\"false\"><![CDATA[gr4nite]]></password>",
        "| password | Gr4nite! |",
        "variable \"db_password\" {\n  default = \"gr4nite\"\n}",
    ] {
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            for part in [&text[..at], &text[at..]] {
                for hit in find(part) {
                    assert!(part.get(hit.range.clone()).is_some(), "{part}: {hit:?}");
                }
            }
        }
    }
}
