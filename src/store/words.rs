//! Text for people, in the two languages the tool speaks. Keys, codes and the platform's own words are
//! never translated; everything else that a person reads is a [`Words`].

use std::fmt;

/// The language of everything that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// The language a POSIX locale such as `zh_CN.UTF-8` asks for; anything that is not Chinese is English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// The one of two fixed texts that is in this language.
    #[must_use]
    pub fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// One sentence or fragment in both languages; made by [`words!`](crate::words).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Words {
    /// Text that is the same in both languages (names, the platform's own words).
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { zh: en.clone(), en }
    }

    /// The text in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// `words!("{n} stores"; "{n} 家门店")`: the same sentence in English and Chinese, formatted from the same values.
#[macro_export]
macro_rules! words {
    ($en:literal ; $zh:literal $(, $($args:tt)*)?) => {
        $crate::store::Words { en: format!($en $(, $($args)*)?), zh: format!($zh $(, $($args)*)?) }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_locale_asks_for_chinese_and_any_other_for_english() {
        assert_eq!(Lang::from_locale("zh_CN.UTF-8"), Lang::Zh);
        assert_eq!(Lang::from_locale("ZH_TW"), Lang::Zh);
        assert_eq!(Lang::from_locale("C.UTF-8"), Lang::En);
        assert_eq!(Lang::from_locale(""), Lang::En);
    }

    #[test]
    fn words_carry_the_same_values_in_both_languages() {
        let n = 3;
        let words = crate::words!("{n} stores"; "{n} 家门店");
        assert_eq!(words.get(Lang::En), "3 stores");
        assert_eq!(words.get(Lang::Zh), "3 家门店");
    }
}
