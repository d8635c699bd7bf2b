//! No secret and no token in anything that is written: ledger, write-ahead log, log, report, state, stdout, stderr; plain,
//! percent-encoded, in base64 of both alphabets at any alignment, or in hex; after runs that succeed and runs that fail.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::kit::{Chain, Ended, House, Platform, post};

const SECRET: &str = "Zq7+Kd/2mW=9_xT-4rYv6NbP8cJ3hLgF5sQaE1uXoRiM0tVy";
const TOKEN: &str = "88_tKn+Wb/7Qx=3_zR-5vMd9LfJ2gHcYp6sNaE8uXoTiB4kVq1rZ0wSyCmPe";
const JOB: &str = "migrate stores.json --supplement supplement.csv --wait 20s --journal events.ndjson";

/// What RFC 3986 leaves as it is.
const UNRESERVED_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// So many characters of a secret in a row are a leak, even where the rest was cut off.
const PIECE: usize = 20;

/// The platform echoes tokens wherever it can, as something to retry and as something that a row is rejected for.
const ECHOING: &str = "
[[faults]]
endpoint = \"add_store\"
kind = \"echo_token\"
errcode = 85041
share = 0.2

[[faults]]
endpoint = \"add_store\"
kind = \"echo_token\"
errcode = 99999
share = 0.1

[[faults]]
endpoint = \"add_store\"
kind = \"echo_token\"
share = 0.2

[[faults]]
endpoint = \"add_store\"
kind = \"truncate\"
share = 0.1

[[faults]]
endpoint = \"getpoilist\"
kind = \"echo_token\"
share = 0.3

[[faults]]
endpoint = \"getpoi\"
kind = \"echo_token\"
share = 0.3

[[faults]]
endpoint = \"quota_get\"
kind = \"echo_token\"
errcode = 76021
from = 2
until = 2

[[faults]]
endpoint = \"get_merchant_audit_info\"
kind = \"echo_token\"
until = 1
";

/// Every form in which a secret could stand somewhere.
fn forms(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = (0..=secret.len() - PIECE).map(|at| secret[at..at + PIECE].to_owned()).collect();
    for set in [NON_ALPHANUMERIC, UNRESERVED_KEPT] {
        let upper = utf8_percent_encode(secret, set).to_string();
        let lower = upper.split('%').enumerate().map(|(n, part)| match n {
            0 => part.to_owned(),
            _ => format!("%{}{}", part[..2].to_lowercase(), &part[2..]),
        });
        forms.extend([lower.collect(), upper]);
    }
    forms.push(secret.replace('/', "\\/"));
    let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    forms.extend([hex.to_uppercase(), hex]);
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            // The characters that hold nothing but bits of the secret, whatever stands before and after it.
            let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
            let text = engine.encode(&bytes);
            let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            forms.push(text[from..to].to_owned());
        }
    }
    forms
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn holds(bytes: &[u8], form: &str) -> bool {
    bytes.windows(form.len()).any(|window| window == form.as_bytes())
}

/// Looks for the secrets in everything that the house holds and in what was printed.
#[track_caller]
fn nothing_leaked(house: &House, printed: &[Ended], secrets: &[String]) {
    let forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let mut looked_at = 0;
    for file in files(house.root()) {
        let bytes = fs::read(&file).unwrap();
        looked_at += bytes.len();
        let found = forms.iter().find(|form| memmem(&bytes, form));
        assert!(found.is_none(), "{found:?} stands in {}", file.display());
    }
    assert!(looked_at > 10_000, "there was something to look at");
    for ended in printed {
        for (name, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
            let found = forms.iter().find(|form| text.contains(form.as_str()));
            assert!(found.is_none(), "{found:?} stands in {name}:\n{ended}");
        }
    }
}

/// As `holds`, but quick where the first byte is rare.
fn memmem(bytes: &[u8], form: &str) -> bool {
    let first = form.as_bytes()[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        let at = from + at;
        if bytes[at..].starts_with(form.as_bytes()) {
            return true;
        }
        from = at + 1;
    }
    false
}

/// The token that the platform gave to this account; asked for again after the run, it is the same one.
fn token_of(platform: &Platform) -> String {
    let ask = json!({"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": SECRET});
    let answer: Value = serde_json::from_str(&post(platform.addr(), "/cgi-bin/stable_token", &ask)).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn echoing(house: &House) -> Platform {
    Chain::waiting(40).save(house);
    Platform::with_scenario(house, ECHOING, "--state platform.jsonl")
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    for form in forms(TOKEN) {
        assert!(holds(format!("<{form}>").as_bytes(), &form) && memmem(format!("<{form}>").as_bytes(), &form));
    }
    let shifted = STANDARD_NO_PAD.encode(format!("x{TOKEN}y"));
    assert!(forms(TOKEN).iter().any(|form| shifted.contains(form.as_str())));
    let url = utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string();
    assert!(forms(TOKEN).iter().any(|form| url.contains(form.as_str())));
}

#[test]
fn runs_with_a_secret_against_a_platform_that_echoes_every_token() {
    let house = House::new();
    let platform = echoing(&house);
    let mut printed = Vec::new();
    for form in ["json", "text"] {
        let job = format!("{JOB} -vv --log-format {form}");
        let ended = house.at(&platform, &job).env("POILIFT_SECRET", SECRET).end();
        assert!(matches!(ended.code, Some(3 | 4)), "{ended}");
        printed.push(ended);
    }
    let tokens = [SECRET.to_owned(), token_of(&platform)];
    assert!(house.read("poilift.db.log").contains("add_store"), "the log says something of the calls");
    nothing_leaked(&house, &printed, &tokens);
}

#[test]
fn a_run_with_a_token_from_the_environment_that_the_platform_refuses_and_repeats() {
    let house = House::new();
    let platform = echoing(&house);
    let mut printed = Vec::new();
    for form in ["json", "text"] {
        for command in [JOB, "pull -o pulled.jsonl", "migrate stores.json --dry-run"] {
            let run = house.at(&platform, &format!("{command} -vv --log-format {form}"));
            let run = run.env("POILIFT_ACCESS_TOKEN", TOKEN).env("POILIFT_SECRET", SECRET);
            printed.push(run.end().exits(5));
        }
    }
    nothing_leaked(&house, &printed, &[SECRET.to_owned(), TOKEN.to_owned()]);
}

#[test]
fn a_token_from_a_command_or_a_file_that_the_platform_refuses_and_repeats() {
    let house = House::new();
    let platform = echoing(&house);
    let elsewhere = tempfile::tempdir().unwrap();
    let token = elsewhere.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    let mut printed = Vec::new();
    let command = format!("access_token_command = \"cat {}\"", token.display());
    for setting in [format!("access_token_file = \"{}\"", token.display()), command] {
        house.write("poilift.toml", setting);
        let run = house.at(&platform, &format!("{JOB} -vv")).env_remove("POILIFT_SECRET");
        printed.push(run.end().exits(5));
    }
    nothing_leaked(&house, &printed, &[TOKEN.to_owned()]);
}

#[test]
fn runs_that_are_refused_or_find_nobody() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let mut platform = Platform::with_scenario(&house, "secret_sha256 = \"00\"", "--state platform.jsonl");
    let run = |platform: &Platform, secret_in: &str| {
        house.at(platform, &format!("{JOB} -vv")).env("POILIFT_SECRET", "").env(secret_in, SECRET).end()
    };
    let mut printed = vec![run(&platform, "POILIFT_SECRET").exits(5)];
    house.write("poilift.toml", "secret_env = \"CORPORATE_SECRET\"\ntoken_endpoint = \"token\"\n");
    printed.push(run(&platform, "CORPORATE_SECRET").exits(5));
    platform.stop();
    printed.push(run(&platform, "CORPORATE_SECRET").exits(4));
    nothing_leaked(&house, &printed, &[SECRET.to_owned()]);
}

#[test]
fn the_embedded_platform_keeps_no_token_either() {
    let house = House::new();
    Chain::waiting(20).save(&house);
    let run = house.poilift(&format!("{JOB} --sandbox=hostile -vv")).env("POILIFT_SECRET", SECRET);
    let ended = run.end();
    assert!(matches!(ended.code, Some(0 | 3 | 4)), "{ended}");
    nothing_leaked(&house, &[ended], &[SECRET.to_owned()]);
}
