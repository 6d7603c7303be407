//! Texts in encodings of one and two bytes are read, and what only looks like them is not.

use std::f64::consts::TAU;
use std::io::Write as _;

use encoding_rs::Encoding;

use super::damage::Random;
use super::*;

/// Languages, each with the encodings that it is written in.
const TEXTS: [(&str, &str); 26] = [
    (
        "windows-1252",
        "Die Prüfung der Geräte ergab größere Mängel; überfällige Zahlungen müssen natürlich \
         spätestens im März geleistet werden.\n",
    ),
    (
        "windows-1252",
        "L’été dernier, nous avons été très déçus : « la forêt brûlait » où l’élève avait déjà \
         cherché à reconnaître sa maîtresse.\n",
    ),
    (
        "windows-1252 macintosh",
        "El niño pequeño comió un plátano; mañana irá también al jardín. ¿Qué pasó?\n",
    ),
    (
        "windows-1252 ISO-8859-15",
        "Åsa åkte båt på ön, där räven åt höns. Älgarna gick över ån i går.\n",
    ),
    (
        "windows-1250 ISO-8859-2",
        "Zażółć gęślą jaźń. Źdźbło trawy rośnie wśród łąk, a żółw śpi pod drzewem.\n",
    ),
    (
        "windows-1250 ISO-8859-2",
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Řeka teče údolím, děti běží ke škole.\n",
    ),
    (
        "windows-1250 ISO-8859-2",
        "Árvíztűrő tükörfúrógép. Az őszi eső után a gyerekek örömmel mentek a kertbe.\n",
    ),
    (
        "windows-1251 KOI8-R KOI8-U ISO-8859-5 IBM866 x-mac-cyrillic",
        "Это русский текст: он проверяет, как читаются слова. МГУ и СССР пишутся так.\n\
         В 1999 году длина реки была 12 км, а ширина - всего 30 м.\n",
    ),
    (
        "KOI8-R",
        "┌────────────┬──────────────────────────────────────┐\n\
         │ Сумма      │ Назначение платежа и получатель      │\n\
         ├────────────┼──────────────────────────────────────┤\n\
         │     100,00 │за проверку                           │\n\
         └────────────┴──────────────────────────────────────┘\n",
    ),
    (
        "windows-1251 KOI8-U",
        "Щастя не має ціни; їжак біжить полем, а ґава сидить на дереві біля Києва.\n",
    ),
    (
        "windows-1251 ISO-8859-5 IBM866",
        "Тази вечер ще вали дъжд, а утре времето в София ще бъде слънчево и топло.\n",
    ),
    (
        "windows-1253 ISO-8859-7",
        "Η γρήγορη αλεπού πηδάει πάνω από το σκύλο. Πόσο κοστίζει; Δεν ξέρω τίποτα.\n",
    ),
    (
        "windows-1254",
        "Şişli’de çok güzel bir gün geçirdik; öğretmen ağaçların altında ışıl ışıl gülüyordu.\n",
    ),
    (
        "windows-1255 ISO-8859-8-I",
        "השועל הזריז קופץ מעל הכלב העצלן. מחר יהיה יום חם בירושלים ובתל אביב.\n",
    ),
    (
        "windows-1255",
        "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ׃ וְהָאָרֶץ הָיְתָה תֹהוּ וָבֹהוּ\n",
    ),
    (
        "windows-1256 ISO-8859-6",
        "الثعلب السريع يقفز فوق الكلب الكسول. كم الساعة الآن؟ لا أعرف، ربما الثالثة.\n",
    ),
    (
        "windows-1256",
        "روباه چابک از روي سگ تنبل مي‌پرد. پدرم گفت که فردا به تهران مي‌رويم.\n",
    ),
    (
        "windows-1257",
        "Įlinkdama fechtuotojo špaga sublykčiojusi pragręžė apvalų arbūzą. Žąsys šaukė.\n",
    ),
    (
        "windows-874",
        "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน เด็กๆ วิ่งเล่นอยู่ในสวนหลังบ้านของคุณยาย\n",
    ),
    (
        "Shift_JIS EUC-JP",
        "これは日本語のテキストです。昨日の夜、東京駅の近くで友達と食事をしました。\n",
    ),
    (
        "Shift_JIS EUC-JP",
        "東京都千代田区丸の内一丁目、大阪府大阪市北区梅田三丁目、北海道札幌市中央区\n",
    ),
    (
        "Shift_JIS",
        "ﾎｯｶｲﾄﾞｳ,ｻｯﾎﾟﾛｼﾁｭｳｵｳｸ,北海道,札幌市中央区,ｱｻﾋｶﾞｵｶ\n",
    ),
    (
        "GBK gb18030",
        "这是一个中文文本文件，用来检查程序能否读懂。昨天晚上我们在北京吃了烤鸭。\n",
    ),
    (
        "Big5",
        "這是一個繁體中文的檔案，用來檢查程式是否讀得懂。昨天晚上我們在臺北吃飯。\n",
    ),
    (
        "GBK gb18030",
        "這是一個繁體中文的檔案，用來檢查程式是否讀得懂。昨天晚上我們在臺北吃飯。\n",
    ),
    (
        "EUC-KR",
        "이것은 한국어 텍스트 파일입니다. 어제 저녁에 서울역 근처에서 친구를 만났어요.\n",
    ),
];

#[test]
fn texts_of_every_language_are_read_in_every_encoding() {
    let mut lost = Vec::new();
    for (names, text) in TEXTS {
        for name in names.split(' ') {
            let encoding = Encoding::for_label(name.as_bytes()).unwrap();
            let (bytes, _, is_lossy) = encoding.encode(text);
            assert!(!is_lossy, "{name} cannot write {text}");
            // A line by itself, a page, in capitals, and in a table.
            for bytes in [
                bytes.to_vec(),
                bytes.repeat(40),
                encoding.encode(&text.to_uppercase()).0.repeat(3),
                encoding.encode(&text.replace(' ', ";")).0.repeat(3),
            ] {
                let read = extract(&bytes, Path::new("a.txt"));
                if super::super::noise::is_noise(&bytes, encoding) || read.is_err() {
                    lost.push((name, bytes.len(), read, text));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn runs_and_cuts_do_not_part_pairs() {
    for (name, text) in [
        ("GBK", "这个档的内容很多。"),
        ("GBK", "档档的，档的内容很多，大家可以看一下。"),
        (
            "EUC-JP",
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        ),
        ("EUC-JP", "親譲りの無鉄砲で小供の時から損ばかりしている。"),
    ] {
        let encoding = Encoding::for_label(name.as_bytes()).unwrap();
        let (bytes, ..) = encoding.encode(text);
        for (before, times) in [("", 1), ("", 5_000), ("a", 5_000)] {
            let bytes = [before.as_bytes(), &bytes.repeat(times)].concat();
            let found = text_of(&bytes);
            let expected = format!("{before}{}", text.repeat(times));
            assert!(found.text == expected, "{name} {text} {before} {times}");
            assert_eq!(found.report.encoding, Some(name));
        }
    }
}

fn random(among: impl Fn(u8) -> bool, length: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let bytes = std::iter::repeat_with(|| random.below(256) as u8);
    bytes.filter(|byte| among(*byte)).take(length).collect()
}

/// A picture of so many channels: waves of light, with some noise on them.
fn pixels(low: f64, high: f64, noise: f64, channels: usize) -> Vec<u8> {
    let mut random = Random::new(7);
    let mut bytes = Vec::new();
    for y in 0..120 {
        for x in 0..160 {
            for channel in 0..channels {
                let (x, y) = (f64::from(x) / 160.0, f64::from(y) / 120.0);
                let wave = (TAU * (x * 1.3 + y * 0.7 + channel as f64 / 5.0)).sin() / 2.0 + 0.5;
                let shift = noise * (random.below(1_000) as f64 / 500.0 - 1.0);
                let value = low + (high - low) * wave + shift;
                bytes.push(value.clamp(low, high).round() as u8);
            }
        }
    }
    bytes
}

#[test]
fn noise_and_pixels_are_no_text() {
    let mut read = Vec::new();
    let mut check = |what: &str, bytes: &[u8]| {
        let code = extract(bytes, Path::new("a.txt")).map(|found| found.report.encoding);
        let code = code.map_err(|error| error.code());
        if code != Err("binary") {
            read.push((what.to_owned(), code));
        }
    };
    for seed in 0..20 {
        for length in [100, 1_000, 100_000] {
            let named = |what: &str| format!("{what} {seed} {length}");
            check(
                &named("above 127"),
                &random(|byte| byte > 0x7f, length, seed),
            );
            check(
                &named("above 160"),
                &random(|byte| byte > 0xa0, length, seed),
            );
            check(&named("letters"), &random(|byte| byte > 0xbf, length, seed));
            check(
                &named("no controls"),
                &random(|byte| byte > 0x1f, length, seed),
            );
            check(
                &named("rows"),
                &random(|byte| (0xa1..0xff).contains(&byte), length, seed),
            );
            if length > 100 {
                check(&named("anything"), &random(|_| true, length, seed));
            }
        }
    }
    for channels in [1, 3, 4] {
        for noise in [0.0, 1.0, 4.0, 20.0] {
            for (low, high) in [
                (128.0, 255.0),
                (200.0, 255.0),
                (224.0, 254.0),
                (100.0, 255.0),
                (176.0, 215.0),
            ] {
                let what = format!("{channels} channels {low}-{high} {noise}");
                check(&what, &pixels(low, high, noise, channels));
            }
        }
    }
    check("one colour", &[0xe4; 5_000]);
    check("one colour of two bytes", &[0xc8; 5_000]);
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for number in 0..20_000_u32 {
        packed
            .write_all(format!("{number} words, ").as_bytes())
            .unwrap();
    }
    let packed = packed.finish().unwrap();
    check("packed", &packed);
    let high: Vec<u8> = packed.iter().map(|byte| byte | 0x80).collect();
    check("packed above 127", &high);
    // Numbers of 16 bits in the range of a script.
    for (low, range) in [(0x0400, 0x100), (0x4e00, 0x2000), (0xac00, 0x1000)] {
        let mut random = Random::new(3);
        let numbers = std::iter::repeat_with(|| (low + random.below(range)) as u16);
        let numbers: Vec<u8> = numbers.take(4_000).flat_map(u16::to_be_bytes).collect();
        check("numbers", &numbers);
    }
    let marked = [&b"\xff\xfe"[..], &random(|_| true, 4_000, 1)].concat();
    check("after a mark", &marked);
    assert!(read.is_empty(), "{read:#?}");
}

#[test]
fn words_for_formats_begin_texts() {
    for text in [
        "ID3 tags explained\n",
        "RIFF raff\n",
        "RIFFnoneWAVE is one of them\n",
        "The ftyp box\n",
        "GIF89a was the last of them. Größe?\n",
        "OggS is what pages begin with\n",
        "P5 2024 budget\n",
        "P6 640 480 are many pixels\n",
        "PAR1",
        "GGUF models\n",
        "fLaC\n",
        "wOFF\n",
        "!<arch>\nis what it begins with\n",
        "%PDF-1.4 is what it begins with\n",
        "%!PS-Adobe is a language\n",
        "BM and MZ are two letters\n",
    ] {
        let found = extract(text.as_bytes(), Path::new("a.txt")).map(|found| found.text);
        assert_eq!(found.as_deref(), Ok(text));
    }
    for (bytes, format) in [
        (&b"ID3\x03\0\0\0\0\0\x0fTIT2"[..], "MP3 audio"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "WAV audio"),
        (b"GIF89a\x01\0\x01\0\x80\0\0", "a GIF image"),
        (b"%!PS-Adobe-3.0\n(text) show\n", "PostScript"),
        // Dark pixels are letters.
        (b"P5\n# made by hand\n2 2\n255\nabcd", "a PNM image"),
        (b"P4 8 4\nabcd", "a PNM image"),
        (
            b"!<arch>\na.o/  0  0  0  100644  4 `\n\x7fELF\x02\x01\0\0",
            "an ar archive",
        ),
    ] {
        let expected = format!("unsupported-format: {format} is not supported yet");
        assert_eq!(refusal(bytes, "a"), expected);
    }
}
