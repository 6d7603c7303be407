//! Messages in all the encodings that people write them in.

use encoding_rs::Encoding;

use super::formats::left_out;
use super::*;

/// What messages say of their encoding, and a text in it.
const TEXTS: [(&str, &str); 14] = [
    ("gb2312", "明天的会议改到下午三点。"),
    ("GBK", "這個檔案的內容很多。"),
    ("gb18030", "明天的会议改到下午三点。"),
    ("Big5", "明天的會議改到下午三點。"),
    ("euc-kr", "내일 회의는 오후 세 시입니다."),
    ("ks_c_5601-1987", "내일 회의는 오후 세 시입니다."),
    ("Shift_JIS", "明日の会議は午後三時からです。"),
    ("EUC-JP", "明日の会議は午後三時からです。"),
    ("ISO-2022-JP", "明日の会議は午後三時からです。"),
    ("cp866", "Завтра встреча в три часа."),
    ("koi8-r", "Завтра встреча в три часа."),
    ("windows-1251", "Завтра встреча в три часа."),
    ("iso-8859-2", "Zażółć gęślą jaźń."),
    ("utf-8", "Grüße aus Köln"),
];

/// A message of one text: its subject, its head, and its bytes.
fn mail(subject: &[u8], head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("\r\nMIME-Version: 1.0\r\nFrom: a@x.org\r\n{head}\r\n\r\n");
    [b"Subject: ", subject, head.as_bytes(), body].concat()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let at = |at: usize| bytes.get(at).map_or(0, |byte| u32::from(*byte));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let sign = |shift: u32| char::from(SIGNS[(bits >> shift) as usize % 64]);
        let signs: String = [18, 12, 6, 0]
            .map(sign)
            .iter()
            .take(bytes.len() + 1)
            .collect();
        format!("{signs:=<4}")
    };
    bytes.chunks(3).map(group).collect()
}

fn quoted(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("={byte:02X}")).collect()
}

fn encoded(label: &str, text: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(label.as_bytes()).unwrap();
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy, "{label} cannot write {text}");
    bytes.into_owned()
}

fn text_of_mail(mail: &[u8]) -> String {
    let found = extract(mail, Path::new("a.eml")).unwrap();
    assert_eq!(left_out(&found), []);
    assert!(!found.report.lossy, "{}", found.text);
    found.text
}

#[test]
fn texts_are_in_the_encoding_that_messages_say() {
    for (label, text) in TEXTS {
        let bytes = encoded(label, text);
        let subject = format!("=?{label}?B?{}?=", base64(&bytes));
        let said = |kind: &str, packing: &str| {
            format!(
                "Content-Type: text/{kind}; charset={label}\r\nContent-Transfer-Encoding: {packing}"
            )
        };
        let page = [b"<p>", bytes.as_slice(), b"</p>"].concat();
        for (kind, bytes) in [("plain", &bytes), ("html", &page)] {
            for (packing, packed) in [
                ("8bit", bytes.clone()),
                ("base64", base64(bytes).into_bytes()),
                ("quoted-printable", quoted(bytes).into_bytes()),
            ] {
                let mail = mail(subject.as_bytes(), &said(kind, packing), &packed);
                let expected = format!("# {text}\n\nFrom: a@x.org\n\n{text}\n\n\n");
                assert_eq!(text_of_mail(&mail), expected, "{label} {kind} {packing}");
            }
        }
    }
}

#[test]
fn what_messages_do_not_say_of_their_encoding_is_found_out() {
    let long = [
        (
            "windows-1252",
            "Der Prüfer sagte, daß die Geräte größere Mängel hätten.",
        ),
        (
            "windows-1251",
            "Завтра встреча в три часа, приходите все вовремя.",
        ),
        (
            "Shift_JIS",
            "これは日本語のテキストです。昨日の夜、友達と食事をしました。",
        ),
        ("GBK", "这是一个中文文本文件，用来检查程序能否读懂。"),
        (
            "ISO-2022-JP",
            "これは日本語のテキストです。昨日の夜、友達と食事をしました。",
        ),
    ];
    for (label, text) in long {
        let bytes = encoded(label, text);
        for said in [
            "X-A: no type",
            "Content-Type: text/plain",
            "Content-Type: text/plain; charset=unknown-8bit",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/plain; charset=us-ascii",
        ] {
            let mail = mail(&bytes, said, &bytes);
            let expected = format!("# {text}\n\nFrom: a@x.org\n\n{text}\n\n\n");
            assert_eq!(text_of_mail(&mail), expected, "{label}: {said}");
        }
    }
    // What nobody thought of is UTF-8 all the same.
    for said in ["iso-8859-1", "windows-1252", "utf-16", "gb2312"] {
        let said = format!("Content-Type: text/plain; charset={said}");
        let text = "Grüße aus Köln, naïve Café";
        assert!(
            text_of_mail(&mail(b"s", &said, text.as_bytes())).contains(text),
            "{said}"
        );
    }
    let dos = mail(
        b"s",
        "Content-Type: text/plain; charset=cp850",
        b"M\x84rchen",
    );
    assert!(text_of_mail(&dos).contains("Märchen"));
    for (said, bytes, text) in [
        ("cp855", &b"\xdd\xe1\xb7\xeb\xa8\xe5"[..], "Привет"),
        ("iso-2022-kr", b"\x1b$)C\r\n\x0e3;@O\x0f\r\n", "내일"),
    ] {
        let said = format!("Content-Type: text/plain; charset={said}");
        assert!(
            text_of_mail(&mail(b"s", &said, bytes)).contains(text),
            "{said}"
        );
    }
}

#[test]
fn a_text_that_is_none_is_a_gap() {
    let head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64";
    let noise: Vec<u8> = (0..2_000_u32).map(|n| (n * n * 31 / 7) as u8).collect();
    let mail = mail(b"the walrus", head, base64(&noise).as_bytes());
    let found = extract(&mail, Path::new("a.eml")).unwrap();
    assert_eq!(found.text, "# the walrus\n\nFrom: a@x.org\n\n\n");
    assert_eq!(left_out(&found), [("the text of the message", "binary")]);
}

#[test]
fn what_looks_like_an_envelope_loses_no_text() {
    let mailbox = "From a@x.org Mon Jan  1 10:00:00 2024\nFrom: a@x.org\nSubject: one\n\n\
        the walrus sleeps\nFrom here on lynxtwo is lost.\nand the seal\n\n\
        From b@x.org Mon Jan  1 11:00:00 2024\nFrom: b@x.org\nSubject: two\n\
        Content-Type: multipart/mixed; boundary=B\n\n--B\n\nthe lynx\n--B--\n\n\
        From behind the last part comes a heron.\n";
    let found = extract(mailbox.as_bytes(), Path::new("a.mbox")).unwrap();
    assert_eq!(
        found.text,
        "# one\n\nFrom: a@x.org\n\nthe walrus sleeps\nFrom here on lynxtwo is lost.\nand the seal\n\n\n\
         # two\n\nFrom: b@x.org\n\nthe lynx\n\nFrom behind the last part comes a heron.\n\n\n"
    );
}

#[test]
fn what_is_attached_comes_out_byte_by_byte() {
    let wide: Vec<u8> = "a\nb\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let all: Vec<u8> = (0..=255).collect();
    let contents = [
        encoded("windows-1251", "Имя;Сумма\r\nИван;100\r\n"),
        encoded("Shift_JIS", "名前,金額\n"),
        wide,
        all,
        document_file("a.pdf"),
        document_file("a.docx"),
        b"ends with spaces \t \r\n\r\n".to_vec(),
        Vec::new(),
    ];
    for kind in [
        "text/plain",
        "text/plain; charset=utf-8",
        "text/csv; charset=koi8-r",
        "text/html",
    ] {
        for (number, bytes) in contents.iter().enumerate() {
            for (packing, packed) in [
                ("base64", base64(bytes).into_bytes()),
                ("quoted-printable", quoted(bytes).into_bytes()),
                ("binary", bytes.clone()),
            ] {
                let head = format!(
                    "From: a@x.org\r\nMIME-Version: 1.0\r\n\
                     Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nbody\r\n--B\r\n\
                     Content-Type: {kind}\r\nContent-Transfer-Encoding: {packing}\r\n\
                     Content-Disposition: attachment; filename=a\r\n\r\n"
                );
                let mail = [head.as_bytes(), &packed, b"\r\n--B--\r\n"].concat();
                assert_eq!(attached(&mail), *bytes, "{kind} {packing} {number}");
            }
        }
    }
}

fn attached(mail: &[u8]) -> Vec<u8> {
    attached_to(mail, "a")
}

/// The one file of a name.
fn attached_to(mail: &[u8], wanted: &str) -> Vec<u8> {
    let limits = Limits::default();
    let source = Source::new(mail, Path::new("a.eml"), &limits);
    let mut found = Vec::new();
    let take = &mut |name: &str, content: &[u8]| {
        if name.rsplit('/').next() == Some(wanted) {
            found.push(content.to_vec());
        }
    };
    assert!(super::super::unpack(&source, take).unwrap());
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn messages_begin_with_any_header() {
    let received = "Received: from a by b;\r\n Mon, 1 Jan 2024 10:00:00 +0000\r\n".repeat(25);
    let begins = [
        "Content-Type: multipart/mixed; boundary=B\r\n",
        "DKIM-Signature: v=1; a=rsa-sha256;\r\n\tbh=x\r\n",
        "ARC-Seal: i=1\r\n",
        "Authentication-Results: x\r\n",
        "Sender: b@x\r\n",
        "In-Reply-To: <1@x>\r\n",
        "X-Own: of nobody\r\n",
        &received,
        "\r\n",
        "\u{feff}",
        "From a@x.org Mon Jan  1 10:00:00 2024\r\n",
        "\r\nFrom a@x.org Mon Jan  1 10:00:00 2024\r\n",
    ];
    for begin in begins {
        let mail = format!(
            "{begin}Subject: r\r\nFrom: a@x\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             {}\r\n--B\r\nContent-Disposition: attachment; filename=a\r\n\r\nhare\r\n--B--\r\n",
            base64("the walrus grüßt".as_bytes())
        );
        let found = extract(mail.as_bytes(), Path::new("a.txt")).unwrap();
        assert!(found.text.starts_with("# r\n\nFrom: a@x\n"), "{begin}");
        assert!(found.text.contains("the walrus grüßt"), "{begin}");
        assert_eq!(attached_to(mail.as_bytes(), "a"), b"hare", "{begin}");
    }
    // As Python writes it, without a type of the whole.
    let short = "MIME-Version: 1.0\nSubject: r\nFrom: a@x\n\nthe walrus\n";
    assert!(text_of_mail(short.as_bytes()).starts_with("# r\n"));
}

#[test]
fn a_text_with_headers_is_no_message_and_loses_none() {
    for text in [
        "Subject: walruses\n\nThey sleep.\n",
        "Subject: walruses\nAbout: their life\n\nThey sleep.\n",
        "From: a\nTo: b\nand so on\n\nThey sleep.\n",
        "to: a\nfrom: b\nretry-policy:\n  attempts: 3\n\nother: c\n",
        "From the desk of a walrus\nDate: today\n\nThey sleep.\n",
    ] {
        assert_eq!(text_of(text.as_bytes()).text, text);
    }
    // Nor does one that could be a message.
    let minutes = "Date: Mon, 1 Jan 2024 10:00:00 +0000\nSubject: minutes\nAttendees: a walrus,\n a seal\n\nThey sleep.\n";
    let found = text_of_mail(minutes.as_bytes());
    assert!(found.contains("Attendees: a walrus, a seal\n"), "{found}");
    assert!(found.contains("They sleep."), "{found}");
}

#[test]
fn lines_of_a_mailbox_that_look_like_an_envelope_are_text() {
    let envelope = "From a@x Mon Jan  1 10:00:00 2024\n";
    let head = format!("{envelope}From: a@x\nSubject: plan\n\n");
    for text in [
        "Hi,\nFrom 10:30 to 11:00 we are in room sealionroom\nAgenda: sealionagenda\nSee you\n",
        "Hi,\n\nFrom 10:30 to 11:00 we are in room sealionroom\nAgenda: sealionagenda\n\nSee you\n",
        "Hi,\n\nFrom host1 Mon Jan 1 10:00:00 2024\nkernel: up\nkernel: down\n\nSee you\n",
        &format!("Hi,\n{envelope}From: b@x\nSubject: quoted\n\nSee you\n"),
    ] {
        let found = extract(format!("{head}{text}").as_bytes(), Path::new("g.mbox")).unwrap();
        assert_eq!(
            found.text,
            format!("# plan\n\nFrom: a@x\n\n{}\n\n\n", text.trim_end())
        );
    }
}
