//! Characters of two bytes, as GB18030 and Big5 both have them, counted by which of the two people would have written.
//! Each encoding keeps its everyday characters in a part of its own; the same bytes read in the other are characters that
//! nobody uses.

/// Pairs of bytes seen so far.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// The first byte of a pair whose second has not come yet.
    lead: Option<u8>,
    all: u64,
    everyday_gb: u64,
    everyday_big5: u64,
    /// Of those that UTF-8 would have for a letter of another alphabet than the Latin one.
    foreign: u64,
}

impl Pairs {
    /// The next piece of the text.
    pub(super) fn see(&mut self, piece: &[u8]) {
        for &byte in piece {
            match self.lead.take() {
                Some(lead) if byte >= 0x40 => self.count(lead, byte),
                // Also what begins four bytes of GB18030: nobody's everyday characters.
                Some(_) => self.all += 1,
                None if byte > 0x80 => self.lead = Some(byte),
                None => {}
            }
        }
    }

    fn count(&mut self, lead: u8, trail: u8) {
        self.all += 1;
        self.foreign += u64::from(lead >= 0xC4);
        // GB 2312's punctuation, its digits and letters of full width, and its first level of 3,755 characters.
        self.everyday_gb += u64::from(matches!((lead, trail), (0xA1 | 0xA3 | 0xB0..=0xD7, 0xA1..)));
        // Big5's punctuation, digits and letters, and its first level of 5,401 characters.
        self.everyday_big5 += u64::from(matches!((lead, trail), (0xA1 | 0xA2 | 0xA4..=0xC5, _) | (0xC6, ..=0x7E)));
    }

    /// Whether text that is UTF-8 by its bytes, with no character of three bytes, is a few words of GB18030 that happen to be:
    /// 小时 would be a Cyrillic letter and a phonetic one. Letters with accents and signs as `×` are left to UTF-8.
    pub(super) fn are_gb_by_chance(&self) -> bool {
        self.all > 0 && self.everyday_gb == self.all && self.foreign > 0
    }

    /// Whether these are everyday characters of Big5 and hardly any of GB18030. Text in Big5 read as GB18030 has about a
    /// third of them, since two in five of its second bytes are too low; what people write in GB18030 has nearly all.
    pub(super) fn are_big5(&self) -> bool {
        self.everyday_gb * 2 < self.all && self.everyday_big5 * 20 >= self.all * 19
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, Encoding, GB18030};

    use super::*;

    fn are_big5(text: &str, encoding: &'static Encoding) -> bool {
        let mut pairs = Pairs::default();
        encoding.encode(text).0.chunks(3).for_each(|piece| pairs.see(piece));
        pairs.are_big5()
    }

    #[test]
    fn few_characters_tell_the_two_apart() {
        for text in ["厄嗄,楡0,０５７１－８８８８１２３４,8点-20点", "门店", "禾露茶铺（西湖店）", "营业时间，电话"]
        {
            assert!(!are_big5(text, GB18030), "{text}");
        }
        for text in ["門市編號,門市名稱", "禾露茶鋪，臺北市信義區人民路1號", "營業時間：９點到２１點"]
        {
            assert!(are_big5(text, BIG5), "{text}");
        }
    }
}
