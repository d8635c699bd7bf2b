//! Reviews: how long they take, which fail, and why. What decides is the seed and what is reviewed, so that the same
//! submission always fares the same.

use super::dice::Dice;

/// Why reviews of stores fail.
const FAILURES: [&str; 4] = [
    "门店图片不清晰，请重新上传",
    "经营资质证件号与营业执照不一致",
    "门店地址与腾讯地图位置不符",
    "联系电话无法接通，请核实后重新提交",
];

/// How reviews go.
#[derive(Debug, Clone, Copy)]
pub struct Reviews<'a> {
    /// Decides which fail.
    pub dice: Dice,
    /// How many of the first submissions fail, 0 to 1.
    pub fail_share: f64,
    /// How long one takes, in milliseconds.
    pub time_ms: i64,
    /// Words that no review lets pass.
    pub refused_words: &'a [String],
}

impl Reviews<'_> {
    /// Why a submission fails; `None`: it passes. `topic` and `about` are what the dice are thrown for, `texts` what is
    /// read for words that are not let pass.
    pub fn verdict(self, topic: &str, about: &[&str], texts: &[&str]) -> Option<String> {
        if let Some(word) = self.refused_words.iter().find(|word| texts.iter().any(|text| text.contains(*word))) {
            return Some(format!("内容含有不允许的词语：{word}"));
        }
        if !self.dice.chance(topic, about, self.fail_share) {
            return None;
        }
        let reason = usize::try_from(self.dice.roll("reason", about) % FAILURES.len() as u64).unwrap_or(0);
        Some(FAILURES[reason].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_refused_fails_whatever_the_dice_say() {
        let words = ["试营业".to_owned()];
        let reviews = Reviews { dice: Dice::new(1), fail_share: 0.0, time_ms: 1, refused_words: &words };
        assert_eq!(reviews.verdict("review", &["1"], &["试营业酒楼"]).unwrap(), "内容含有不允许的词语：试营业");
        assert_eq!(reviews.verdict("review", &["1"], &["酒楼"]), None);
    }
}
