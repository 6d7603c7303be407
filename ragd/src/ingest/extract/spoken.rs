//! The language that a text is written in, as people speak it: by its script, or by the small words
//! that every sentence needs. Libraries that weigh triples of letters know more languages, and take
//! longer for a text than all the rest of its reading.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Bytes that are looked at.
const LOOKED_AT: usize = 4 << 10;
/// Words that are needed to tell.
const FEW: usize = 25;
/// One of so many words has to be a small one of the language,
const SHARE: usize = 7;
/// and of other languages fewer, by this share.
const LEAD: (usize, usize) = (5, 4);

/// Languages with their small words.
const SMALL: [(&str, &str); 20] = [
    (
        "en",
        "the of and to in is that for it was with as on be by this are from which not have you",
    ),
    (
        "de",
        "der die das und ist nicht ein eine mit von zu den im auf für dem des sich wird auch als",
    ),
    (
        "fr",
        "le la les des et est une du dans pour que qui sur pas au avec par ce sont il ne aux",
    ),
    (
        "es",
        "el la los las de y en que es una del por con para no se su como más al lo un",
    ),
    (
        "it",
        "il di che la e un per è una non del si con della da sono gli dei alla nel come le",
    ),
    (
        "pt",
        "o a os as de e que em um uma do da para com não por se na no como mais dos ao",
    ),
    (
        "nl",
        "de het een en van is dat op te in met voor niet zijn aan er ook door bij naar wordt",
    ),
    (
        "sv",
        "och att det som en är på för med den av inte till ett om har de kan från vid eller",
    ),
    (
        "da",
        "og at det er en til på som med den af ikke der for et har af de kan fra blev eller",
    ),
    (
        "no",
        "og å det er en til på som med den av ikke for et har de kan fra ble eller jeg være",
    ),
    (
        "fi",
        "ja on ei se että oli hän tai myös kun joka ovat mutta sen niin kuin jos voi ole mukaan",
    ),
    (
        "pl",
        "i w na z się nie do jest to że o jak po przez od dla za są oraz przy być może który",
    ),
    (
        "cs",
        "a v se na je že s z do o i to ve pro by jsou jako za od po podle byl nebo které při",
    ),
    (
        "ro",
        "și în de la cu este nu un o pe din care că pentru mai sau a fi al sunt prin ca fost",
    ),
    (
        "hu",
        "a az és hogy nem is egy van meg ez volt csak el de mint vagy már azt lehet ha még",
    ),
    (
        "tr",
        "ve bir bu için ile de da olarak daha olan çok en gibi kadar sonra ancak her veya ise",
    ),
    (
        "ru",
        "и в не на что с по как для это из он а то от к его или при было все так же бы",
    ),
    (
        "uk",
        "і в не на що з та як для це до у від або за при його але є про був які так щоб",
    ),
    (
        "bg",
        "и на да за се от не с че е по като са до или който това при си със ще след бъде",
    ),
    (
        "ca",
        "el la els les de i en que és una del per amb no es un als dels com més seva aquest",
    ),
];

/// For each small word, a bit for each language that it is one of.
static LANGUAGES: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for (at, (_, words)) in SMALL.iter().enumerate() {
        for word in words.split(' ') {
            *all.entry(word).or_default() |= 1 << at;
        }
    }
    all
});

/// Returns the code of ISO 639-1, if there is enough text to tell.
pub fn spoken(text: &str) -> Option<&'static str> {
    let looked_at = &text[..text.floor_char_boundary(LOOKED_AT)];
    by_script(looked_at).or_else(|| by_words(looked_at))
}

/// Tells languages that alone, or nearly, are written as they are.
fn by_script(text: &str) -> Option<&'static str> {
    let (mut letters, mut of) = (0_usize, [0_usize; 7]);
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        let script = match u32::from(letter) {
            0x0370..=0x03ff | 0x1f00..=0x1fff => 0,
            0x0590..=0x05ff => 1,
            0x0e00..=0x0e7f => 2,
            0xac00..=0xd7af | 0x1100..=0x11ff => 3,
            0x3040..=0x30ff => 4,
            0x4e00..=0x9fff | 0x3400..=0x4dbf => 5,
            0x0900..=0x097f => 6,
            _ => continue,
        };
        of[script] += 1;
    }
    let [greek, hebrew, thai, korean, kana, han, devanagari] = of;
    let is_most = |count: usize| letters >= 2 * FEW && 2 * count > letters;
    match () {
        () if is_most(greek) => Some("el"),
        () if is_most(hebrew) => Some("he"),
        () if is_most(thai) => Some("th"),
        () if is_most(korean) => Some("ko"),
        () if is_most(devanagari) => Some("hi"),
        // Japanese has both.
        () if is_most(kana + han) && 10 * kana > han => Some("ja"),
        () if is_most(han) => Some("zh"),
        () => None,
    }
}

fn by_words(text: &str) -> Option<&'static str> {
    let (mut words, mut of) = (0_usize, [0_usize; SMALL.len()]);
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphabetic()) {
        if word.is_empty() {
            continue;
        }
        words += 1;
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        let mut languages = LANGUAGES.get(lower.as_str()).copied().unwrap_or(0);
        while languages != 0 {
            of[languages.trailing_zeros() as usize] += 1;
            languages &= languages - 1;
        }
    }
    let (best, count) = (0..).zip(of).max_by_key(|(_, count)| *count)?;
    let others = (0..).zip(of).filter(|(at, _)| *at != best);
    let next = others.map(|(_, count)| count).max().unwrap_or(0);
    let (more, than) = LEAD;
    let is_clear = words >= FEW && count * SHARE >= words && than * count >= more * next;
    is_clear.then_some(SMALL[best].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of an encyclopedia, one of each language.
    const TEXTS: [(&str, &str); 24] = [
        (
            "en",
            "The walrus is a large marine mammal with flippers that lives in the cold waters of the Arctic Ocean. It was hunted for its meat, skin and tusks, and the population is known to have fallen rapidly all around the region.",
        ),
        (
            "de",
            "Das Walross ist eine Robbe, die in den kalten Meeren der Nordhalbkugel lebt. Es wird bis zu drei Meter lang und kann mit seinen Hauern Löcher in das Eis schlagen. Die Tiere ernähren sich von Muscheln, die sie auf dem Grund des Meeres finden.",
        ),
        (
            "fr",
            "Le morse est un grand mammifère marin qui vit dans les eaux froides de l'océan Arctique. Il se nourrit de coquillages que les animaux trouvent sur le fond de la mer, et ses longues défenses ne sont pas des armes pour la chasse.",
        ),
        (
            "es",
            "La morsa es un gran mamífero marino que vive en las aguas frías del océano Ártico. Los animales se alimentan de moluscos que encuentran en el fondo del mar, y con sus largos colmillos no cazan, sino que los usan para salir del agua.",
        ),
        (
            "it",
            "Il tricheco è un grande mammifero marino che vive nelle acque fredde del mare Artico. Gli animali si nutrono di molluschi che trovano sul fondo del mare, e le lunghe zanne non sono armi per la caccia ma servono per uscire dall'acqua.",
        ),
        (
            "pt",
            "A morsa é um grande mamífero marinho que vive nas águas frias do oceano Ártico. Os animais alimentam-se de moluscos que encontram no fundo do mar, e as presas compridas não são usadas para a caça, mas para sair da água com a ajuda do gelo.",
        ),
        (
            "nl",
            "De walrus is een groot zeezoogdier dat in de koude wateren van de Noordelijke IJszee leeft. De dieren eten schelpen die zij op de bodem van de zee vinden, en de lange slagtanden worden niet voor de jacht gebruikt maar om uit het water te komen.",
        ),
        (
            "sv",
            "Valrossen är ett stort havsdäggdjur som lever i det kalla vattnet i Norra ishavet. Djuren äter musslor som de hittar på havets botten, och de långa betarna används inte för att jaga utan för att komma upp ur vattnet och på isen.",
        ),
        (
            "da",
            "Hvalrossen er et stort havpattedyr, der lever i det kolde vand i Ishavet. Dyrene spiser muslinger, som de finder på havets bund, og de lange stødtænder bliver ikke brugt til jagt, men til at komme op af vandet og ud på isen, der er tyk af sne.",
        ),
        (
            "no",
            "Hvalrossen er et stort havpattedyr som lever i det kalde vannet i Polhavet. Dyrene spiser muslinger som de finner på havets bunn, og de lange støttennene brukes ikke til jakt, men til å komme opp av vannet. Jeg har ikke sett dem, men det må være et syn å se.",
        ),
        (
            "fi",
            "Mursu on suuri merinisäkäs, joka elää pohjoisen kylmissä vesissä. Eläimet syövät simpukoita, joita ne löytävät meren pohjasta, ja pitkät syöksyhampaat eivät ole aseita, mutta niiden avulla se voi nousta jäälle. Se on myös sosiaalinen eläin, ja kun poikanen on pieni, niin sen emo ei jätä sitä.",
        ),
        (
            "pl",
            "Mors jest dużym ssakiem morskim, który żyje w zimnych wodach Oceanu Arktycznego. Zwierzęta te żywią się małżami, które znajdują na dnie morza, a długie kły nie są bronią do polowania, ale pomagają im wyjść z wody na lód i przez to są ważne dla życia w stadzie.",
        ),
        (
            "cs",
            "Mrož je velký mořský savec, který žije ve studených vodách Severního ledového oceánu. Zvířata se živí mlži, které nacházejí na dně moře, a dlouhé kly nejsou zbraní pro lov, ale pomáhají jim vylézt z vody na led, a to je v zimě důležité pro život ve stádě.",
        ),
        (
            "ro",
            "Morsa este un mamifer marin mare care trăiește în apele reci din Oceanul Arctic. Animalele se hrănesc cu moluște pe care le găsesc pe fundul mării, iar colții lungi nu sunt arme pentru vânătoare, ci îi ajută să iasă din apă pe gheață și să se apere.",
        ),
        (
            "hu",
            "A rozmár egy nagy tengeri emlős, amely a Jeges-tenger hideg vizeiben él. Az állatok kagylókat esznek, amelyeket a tenger fenekén találnak, és a hosszú agyar nem fegyver, hanem segít nekik, hogy a jégre másszanak. Ez a faj már nem gyakori, de még nem veszett el, és ha a jég is marad, nem is fog.",
        ),
        (
            "tr",
            "Mors, Kuzey Buz Denizi'nin soğuk sularında yaşayan büyük bir deniz memelisidir. Hayvanlar denizin dibinde bulunan midye ve benzeri canlıları yer; uzun dişleri av için değil, sudan buzun üstüne çıkmak için kullanır. Bu dişler bir metreye kadar uzar ve erkeklerde daha büyük olarak görülür.",
        ),
        (
            "ru",
            "Морж — это крупное морское млекопитающее, которое живёт в холодных водах Северного Ледовитого океана. Животные питаются моллюсками, которых находят на дне моря, а длинные бивни служат не для охоты, но для того, чтобы выходить из воды на лёд, и для защиты от врагов.",
        ),
        (
            "uk",
            "Морж — це великий морський ссавець, який живе в холодних водах Північного Льодовитого океану. Тварини живляться молюсками, що їх знаходять на дні моря, а довгі ікла потрібні не для полювання, але для того, щоб виходити з води на лід, і для захисту від ворогів.",
        ),
        (
            "el",
            "Ο θαλάσσιος ίππος είναι ένα μεγάλο θαλάσσιο θηλαστικό που ζει στα κρύα νερά του Αρκτικού Ωκεανού και τρώει μύδια από τον βυθό.",
        ),
        (
            "he",
            "סוס הים הארקטי הוא יונק ימי גדול שחי במים הקרים של האוקיינוס הארקטי ואוכל צדפות שהוא מוצא בקרקעית הים.",
        ),
        (
            "ja",
            "セイウチは北極海の冷たい海に生息する大型の海洋哺乳類である。海底の貝を食べ、長い牙は狩りのためではなく氷の上にあがるために使われる。",
        ),
        (
            "zh",
            "海象是生活在北冰洋寒冷水域的大型海洋哺乳动物。它们以海底的贝类为食，长长的獠牙不是用来捕猎的，而是用来爬上冰面和保护自己的，雄性的獠牙更长。",
        ),
        (
            "ko",
            "바다코끼리는 북극해의 차가운 물에서 사는 커다란 바다 포유류이다. 바닥에서 찾은 조개를 먹고 긴 엄니는 사냥이 아니라 얼음 위로 올라가는 데 쓴다.",
        ),
        (
            "hi",
            "वालरस एक बड़ा समुद्री स्तनपायी है जो आर्कटिक महासागर के ठंडे पानी में रहता है और समुद्र के तल पर पाए जाने वाले घोंघे खाता है।",
        ),
    ];

    #[test]
    fn languages_are_told_apart() {
        for (language, text) in TEXTS {
            assert_eq!(spoken(text), Some(language), "{text}");
        }
    }

    #[test]
    fn what_is_no_language_has_none() {
        let names = "Walrus Seal Penguin Otter Orca ".repeat(20);
        let numbers = "2024-05-31 17.50 EUR 3 4 5 6\n".repeat(50);
        for text in [
            "",
            "the walrus",
            &names,
            &numbers,
            "fn main() { let x = 1; }\n",
        ] {
            assert_eq!(spoken(text), None, "{text}");
        }
    }

    #[test]
    fn words_of_many_languages_are_no_language() {
        let all: Vec<_> = TEXTS[..17]
            .iter()
            .map(|(_, text)| &text[..100.min(text.floor_char_boundary(100))])
            .collect();
        assert_eq!(spoken(&all.join(" ")), None);
    }
}
