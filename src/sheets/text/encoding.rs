//! In which encoding a text is, told by its bytes, and its way to UTF-8 with every byte that is no text marked.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Decoder, DecoderResult, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::pairs::Pairs;

/// So many bytes, from the first on that is not UTF-8, are looked at to tell the encoding (4 MiB).
const LOOKED_AT_MAX: usize = 4 << 20;

/// So many characters of UTF-8 for each byte that is none, and the text is UTF-8 with mistakes in it. Chinese in another
/// encoding looks like UTF-8 now and then, by chance, but never mostly.
const UTF8_FOR_A_MISTAKE: u64 = 4;

/// Before and after the hexadecimal digits of a byte that is no text: noncharacters, which no text holds.
const MARK: char = '\u{FDD0}';
const MARK_END: char = '\u{FDD1}';

/// An encoding that texts come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// UTF-8.
    pub const UTF8: Self = Self(UTF_8);

    /// The encoding that people call so: `gb18030`, `gbk`, `utf-8`, `utf-16le`, `big5` and what else the web knows. GBK is
    /// read as GB18030, which holds it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let encoding = encoding_rs::Encoding::for_label(name.trim().as_bytes())?;
        Some(Self::from_web(encoding)).filter(|Self(encoding)| encoding.name() != "replacement")
    }

    /// Its name: `GB18030`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    fn from_web(encoding: &'static encoding_rs::Encoding) -> Self {
        Self(if encoding == GBK { GB18030 } else { encoding })
    }
}

/// What a text's bytes say about its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// The encoding; `None` if the bytes fit none of those that Chinese texts come in.
    pub encoding: Option<Encoding>,
    /// How many bytes stand before the text: a byte order mark.
    pub mark_bytes: usize,
    /// It is UTF-8 without a mistake.
    pub is_clean_utf8: bool,
}

/// Looks at a text piece by piece.
pub struct Sniffer {
    seen: usize,
    first: Vec<u8>,
    /// The bytes of a character that was cut by the end of a piece.
    cut: Vec<u8>,
    mistakes: u64,
    characters: u64,
    /// A byte was seen with which no letter of two bytes begins: in UTF-8 text it is Chinese.
    is_wide: bool,
    looked_at: usize,
    detector: EncodingDetector,
    pairs: Pairs,
    gb18030: Decoder,
    fits_gb18030: bool,
}

impl Default for Sniffer {
    fn default() -> Self {
        Self {
            seen: 0,
            first: Vec::new(),
            cut: Vec::new(),
            mistakes: 0,
            characters: 0,
            is_wide: false,
            looked_at: 0,
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            pairs: Pairs::default(),
            gb18030: GB18030.new_decoder_without_bom_handling(),
            fits_gb18030: true,
        }
    }
}

impl Sniffer {
    /// The next piece.
    pub fn see(&mut self, piece: &[u8]) {
        if self.seen < 4 {
            self.first.extend(&piece[..piece.len().min(4 - self.seen)]);
        }
        self.seen += piece.len();
        let joined;
        let piece = if self.cut.is_empty() {
            piece
        } else {
            joined = [&self.cut[..], piece].concat();
            self.cut.clear();
            &joined
        };
        match simdutf8::compat::from_utf8(piece) {
            Ok(_) if self.mistakes == 0 => self.pass(piece),
            Err(why) if why.error_len().is_none() && self.mistakes == 0 => {
                let (whole, cut) = piece.split_at(why.valid_up_to());
                self.pass(whole);
                self.cut = cut.to_vec();
            }
            _ => self.look_closer(piece),
        }
    }

    /// Takes note of a piece that is UTF-8.
    fn pass(&mut self, piece: &[u8]) {
        let characters = first_bytes(piece);
        self.characters += characters;
        if characters > 0 && !self.is_wide {
            self.is_wide = piece.iter().any(|byte| *byte >= 0xE0);
            self.pairs.see(piece);
        }
    }

    fn look_closer(&mut self, piece: &[u8]) {
        if self.looked_at >= LOOKED_AT_MAX {
            return;
        }
        self.looked_at += piece.len();
        for chunk in piece.utf8_chunks() {
            self.characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count() as u64;
            self.mistakes += u64::from(!chunk.invalid().is_empty());
        }
        self.detector.feed(piece, false);
        self.pairs.see(piece);
        self.fits_gb18030 &= fits(&mut self.gb18030, piece);
    }

    /// What all pieces together say.
    #[must_use]
    pub fn guess(mut self) -> Guess {
        // A character that the end of the text cuts is a mistake.
        self.mistakes += u64::from(!self.cut.is_empty());
        let marked =
            |encoding, mark_bytes| Guess { encoding: Some(Encoding(encoding)), mark_bytes, is_clean_utf8: false };
        match self.first.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => Guess { is_clean_utf8: self.mistakes == 0, ..marked(UTF_8, 3) },
            [0xFF, 0xFE, ..] => marked(UTF_16LE, 2),
            [0xFE, 0xFF, ..] => marked(UTF_16BE, 2),
            _ if self.mistakes == 0 && !self.is_wide && self.pairs.are_gb_by_chance() => marked(GB18030, 0),
            _ if self.mistakes == 0 => Guess { is_clean_utf8: true, ..marked(UTF_8, 0) },
            _ if self.characters >= UTF8_FOR_A_MISTAKE * self.mistakes => marked(UTF_8, 0),
            _ => Guess { encoding: self.among_chinese(), mark_bytes: 0, is_clean_utf8: false },
        }
    }

    /// GB18030 wherever its rules hold, unless both the detector and the characters people use say Big5; else what the
    /// detector says of Chinese. The detector alone takes a few short cells of GB18030 for Big5.
    fn among_chinese(&mut self) -> Option<Encoding> {
        self.detector.feed(&[], true);
        let likely = Encoding::from_web(self.detector.guess(None, Utf8Detection::Deny));
        match likely {
            Encoding(encoding) if encoding == BIG5 && (self.pairs.are_big5() || !self.fits_gb18030) => Some(likely),
            Encoding(encoding) if encoding == GB18030 => Some(likely),
            _ => self.fits_gb18030.then_some(Encoding(GB18030)),
        }
    }
}

/// How many characters of UTF-8 that are not ASCII begin here.
fn first_bytes(piece: &[u8]) -> u64 {
    // Counted in bytes, of which a processor adds many at once; so few at a time that none overflows.
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(*byte >= 0xC0)).fold(0_u8, u8::wrapping_add);
    piece.chunks(192).map(|chunk| u64::from(in_chunk(chunk))).sum()
}

fn fits(decoder: &mut Decoder, mut piece: &[u8]) -> bool {
    let mut out = [0_u8; 4096];
    while !piece.is_empty() {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(piece, &mut out, false);
        if matches!(result, DecoderResult::Malformed(..)) {
            return false;
        }
        piece = &piece[read..];
    }
    true
}

/// Reads a text as UTF-8. A byte that is no text in its encoding becomes a mark around its two hexadecimal digits.
pub(super) struct Utf8Reader<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// What of `input` was not decoded yet.
    rest: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
    /// The last bytes that were decoded: a mistake may have begun in them.
    before: Vec<u8>,
}

/// How much is decoded at a time.
const PIECE: usize = 64 << 10;

impl<R: Read> Utf8Reader<R> {
    /// `source` stands behind the byte order mark.
    pub(super) fn new(source: R, Encoding(encoding): Encoding) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: vec![0; PIECE],
            rest: 0..0,
            output: Vec::with_capacity(4 * PIECE),
            given: 0,
            ended: false,
            before: Vec::new(),
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        self.output.clear();
        self.given = 0;
        while self.output.is_empty() && !(self.ended && self.rest.is_empty()) {
            if self.rest.is_empty() {
                let count = self.source.read(&mut self.input)?;
                self.rest = 0..count;
                self.ended = count == 0;
            }
            self.decode_piece();
            if self.ended {
                break;
            }
        }
        Ok(())
    }

    fn decode_piece(&mut self) {
        loop {
            let piece = &self.input[self.rest.clone()];
            let mut text = vec![0; self.decoder.max_utf8_buffer_length(piece.len()).unwrap_or(4 * PIECE) + 16];
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(piece, &mut text, self.ended);
            self.output.extend(&text[..written]);
            self.before.extend(&piece[read.saturating_sub(8)..read]);
            self.rest.start += read;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    let end = self.before.len().saturating_sub(usize::from(after));
                    let begin = end.saturating_sub(usize::from(length));
                    for byte in &self.before[begin..end] {
                        self.output.extend(format!("{MARK}{byte:02X}{MARK_END}").into_bytes());
                    }
                }
            }
        }
        let kept = self.before.len().saturating_sub(8);
        self.before.drain(..kept);
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.output.len() {
            self.decode_more()?;
        }
        let count = into.len().min(self.output.len() - self.given);
        into[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Whether a byte of a text is marked.
#[must_use]
pub fn holds_undecodable(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), MARK.encode_utf8(&mut [0; 4]).as_bytes()).is_some()
}

/// A marked text as people see it: `caf\xE9`; `None` if no byte of it is marked.
#[must_use]
pub fn undecodable(text: &str) -> Option<String> {
    holds_undecodable(text).then(|| text.replace(MARK, "\\x").replace(MARK_END, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8]) -> Guess {
        let mut sniffer = Sniffer::default();
        bytes.chunks(3).for_each(|piece| sniffer.see(piece));
        sniffer.guess()
    }

    fn name(bytes: &[u8]) -> Option<&'static str> {
        guess(bytes).encoding.map(Encoding::name)
    }

    fn decoded(bytes: &[u8], encoding: &str) -> String {
        let mut text = String::new();
        let encoding = Encoding::named(encoding).unwrap();
        Utf8Reader::new(bytes, encoding).read_to_string(&mut text).unwrap();
        text
    }

    const CHINESE: &str = "门店ID,门店名称,详细地址\n472671857,禾露茶铺,杭州市西湖区人民路1号\n";

    #[test]
    fn the_bytes_say_in_which_encoding_they_are() {
        assert_eq!(name(CHINESE.as_bytes()), Some("UTF-8"));
        assert_eq!(name(&[b"\xEF\xBB\xBF", CHINESE.as_bytes()].concat()), Some("UTF-8"));
        assert_eq!(name(&GB18030.encode(CHINESE).0), Some("gb18030"));
        assert_eq!(
            name(&BIG5.encode("門市編號,門市名稱,詳細地址\n1,禾露茶鋪,臺北市信義區人民路1號\n").0),
            Some("Big5")
        );
        // A few cells that could be a row of Big5's phonetic signs.
        let few = "poi_id,address,telephone,open_time\n1,楡0,０５７１－８８８８１２３４,8点-20点\n";
        assert_eq!(name(&GB18030.encode(few).0), Some("gb18030"));
        // 小时, which is UTF-8 as well.
        assert_eq!(name(b"poi_id,hour\n1,24\xD0\xA1\xCA\xB1\n"), Some("gb18030"));
        for latin in ["poi_id,hour\n1,7×24\n", "poi_id,name\n1,Café é\n", "poi_id,name\n1,С ʱ店\n"] {
            assert_eq!(name(latin.as_bytes()), Some("UTF-8"), "{latin}");
        }
        assert_eq!(name(b"\xFF\xFEa\0"), Some("UTF-16LE"));
        assert_eq!(name(b"poi_id,sid\n1,2\n"), Some("UTF-8"));
    }

    #[test]
    fn utf8_with_a_mistake_is_still_utf8() {
        let mut bytes = CHINESE.as_bytes().to_vec();
        bytes.extend(b"1,\xC3(\n");
        let guess = guess(&bytes);
        assert_eq!((guess.encoding, guess.is_clean_utf8), (Some(Encoding::UTF8), false));
    }

    #[test]
    fn a_byte_that_is_no_text_is_marked_and_everything_else_is_kept() {
        let text = decoded(b"a,\xC3(,b\n\xFF", "utf-8");
        assert_eq!(undecodable(&text).as_deref(), Some("a,\\xC3(,b\n\\xFF"));
        let text = decoded(&[&GB18030.encode("茶").0[..], b"\xFF\xB0"].concat(), "gbk");
        assert_eq!(undecodable(&text).as_deref(), Some("茶\\xFF\\xB0"));
        assert_eq!(undecodable("茶"), None);
    }

    #[test]
    fn long_texts_come_through_whole_in_every_encoding() {
        let long = CHINESE.repeat(5_000);
        assert_eq!(decoded(&GB18030.encode(&long).0, "gb18030"), long);
        let utf16: Vec<u8> = long.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&utf16, "utf-16be"), long);
        assert_eq!(decoded(long.as_bytes(), "utf-8"), long);
    }

    #[test]
    fn encodings_are_known_by_the_names_people_use() {
        for (name, known) in [("GBK", "gb18030"), ("gb2312", "gb18030"), (" UTF8 ", "UTF-8"), ("big5", "Big5")] {
            assert_eq!(Encoding::named(name).map(Encoding::name), Some(known));
        }
        assert_eq!(Encoding::named("klingon"), None);
    }
}
