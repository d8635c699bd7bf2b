//! The number of a business licence: which kind it is, whether its check character fits, and where it is registered.
//!
//! Three kinds are taken: the unified social credit code of 18 characters (GB 32100-2015), the older registration number of
//! 15 digits (GS 15-2006), and the organisation code of 9 characters (GB 11714-1997). A check character that does not fit
//! is worth a look and no more: the API document's own examples have such, one of them even with a letter that no code has.

use super::plain::half_width;
use crate::store::{Code, Province};

/// What a licence number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 统一社会信用代码, 18 characters.
    CreditCode,
    /// 工商注册号, 15 digits.
    Registration,
    /// 组织机构代码, 8 characters and one that checks them, mostly set off by a hyphen.
    Organisation,
}

/// A licence number of one of the kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// As it is sent.
    pub text: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether its check character is what the others make it.
    pub checks: bool,
    /// Where it was registered; `None` for a kind that does not tell, and for one that the state's own office gave.
    pub province: Option<Province>,
}

/// The characters of a credit code in the order of their values (GB 32100, table 1): no I, O, S, V, Z.
const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The weights of a credit code's first 17 characters: powers of 3 modulo 31.
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// The weights of an organisation code's first 8 characters.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The number as it is sent.
///
/// # Errors
///
/// [`Code::CredentialMalformed`] for what has the shape of none of the kinds.
pub fn credential(text: &str) -> Result<Credential, Code> {
    parse(text).ok_or(Code::CredentialMalformed)
}

/// Takes a number apart. Letters may be small and are sent as capitals; blanks inside are left out, as people group digits.
/// `None` for what has the shape of none of the kinds.
fn parse(text: &str) -> Option<Credential> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'-';
    let plain: String = if text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        half_width(text).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase()
    };
    let bytes = plain.as_bytes();
    if !plain.is_ascii() {
        return None;
    }
    let (kind, checks) = match bytes.len() {
        18 => (Kind::CreditCode, credit_code(bytes)?),
        15 => (Kind::Registration, registration(bytes)?),
        10 if bytes[8] == b'-' => (Kind::Organisation, organisation(&[&bytes[..8], &bytes[9..]].concat())?),
        9 => (Kind::Organisation, organisation(bytes)?),
        _ => return None,
    };
    let place = match kind {
        Kind::CreditCode => plain.get(2..4),
        Kind::Registration => plain.get(..2),
        Kind::Organisation => None,
    };
    let province = place.and_then(|digits| digits.parse().ok()).and_then(Province::of_code);
    Some(Credential { text: plain, kind, checks, province })
}

/// Whether the last character of a credit code fits; `None` if it is none by its shape. A letter that credit codes do not use
/// fits nothing.
fn credit_code(bytes: &[u8]) -> Option<bool> {
    // Positions 3 to 8 are the place of registration, in digits.
    if !bytes.iter().all(u8::is_ascii_alphanumeric) || !bytes[2..8].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value =
        |byte: &u8| CREDIT_ALPHABET.iter().position(|known| known == byte).and_then(|at| u32::try_from(at).ok());
    let Some(values) = bytes.iter().map(value).collect::<Option<Vec<u32>>>() else { return Some(false) };
    let sum: u32 = values.iter().zip(CREDIT_WEIGHTS).map(|(value, weight)| value * weight).sum();
    Some((31 - sum % 31) % 31 == values[17])
}

/// Whether the last of 15 digits fits (ISO 7064, MOD 11,10); `None` if they are not digits.
fn registration(bytes: &[u8]) -> Option<bool> {
    let digits: Vec<u32> = bytes.iter().map(|byte| char::from(*byte).to_digit(10)).collect::<Option<_>>()?;
    let product = digits[..14].iter().fold(10, |product, digit| {
        let sum = match (product + digit) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    Some((product + digits[14]) % 10 == 1)
}

/// Whether the ninth character of an organisation code fits; `None` if it is none by its characters.
fn organisation(bytes: &[u8]) -> Option<bool> {
    let values: Vec<u32> = bytes[..8].iter().map(|byte| char::from(*byte).to_digit(36)).collect::<Option<_>>()?;
    let sum: u32 = values.iter().zip(ORGANISATION_WEIGHTS).map(|(value, weight)| value * weight).sum();
    let check = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    let last = bytes[8];
    (last.is_ascii_digit() || last == b'X').then_some(last == check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credit_code_is_checked_by_its_last_character() {
        // Published by the companies themselves on their licences.
        for text in ["91440300708461136T", "91110000802100433B", "91330100799655058B"] {
            let found = parse(text).unwrap();
            assert_eq!((found.kind, found.checks), (Kind::CreditCode, true), "{text}");
        }
        assert!(!parse("91440300708461136A").unwrap().checks);
    }

    #[test]
    fn a_registration_number_is_checked_by_its_last_digit() {
        let found = parse("110108000000016").unwrap();
        assert_eq!(
            (found.kind, found.checks, found.province.map(Province::code)),
            (Kind::Registration, true, Some(11))
        );
        assert!(!parse("110108000000017").unwrap().checks);
    }

    #[test]
    fn an_organisation_code_comes_with_its_hyphen_or_without() {
        for text in ["70846113-6", "708461136"] {
            let found = parse(text).unwrap();
            assert_eq!((found.kind, found.checks, found.province), (Kind::Organisation, true, None), "{text}");
        }
        assert!(!parse("70846113-7").unwrap().checks);
    }

    #[test]
    fn what_people_group_or_write_small_is_the_same_number() {
        assert_eq!(parse("9144 0300 7084 6113 6t").unwrap().text, "91440300708461136T");
    }

    #[test]
    fn what_has_the_shape_of_no_kind_is_none() {
        for text in
            ["", "123", "9144030070846113", "22883878--0", "2.88E+14", "91O40300708461136T", "11010800000001X", "无"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_documents_own_examples_have_the_shape_and_fail_their_check_characters() {
        for text in ["91750100ME2XCR6A70", "01650100NE2XCT6Z70"] {
            assert!(!parse(text).unwrap().checks, "{text}");
        }
        assert!(parse("22883878-0").is_some());
        // A letter that no credit code has fits nothing, whatever its place.
        assert!(!parse("91440300708461136I").unwrap().checks);
    }

    #[test]
    fn the_place_of_registration_is_told_where_the_number_knows_it() {
        assert_eq!(parse("91440300708461136T").unwrap().province.map(Province::zh), Some("广东"));
        // The state's own office: no province.
        assert_eq!(parse("911000001000013428").map(|found| found.province), Some(None));
        assert_eq!(parse("22883878-0").unwrap().province, None);
    }
}
