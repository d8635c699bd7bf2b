//! `--deny`, `--waive` and `[findings]`: which warnings block, and which are not said. A flag wins over the configuration.

use crate::check::{BadPolicy, Policy};
use crate::cli::args::Judging;
use crate::cli::failure::Failure;
use crate::config::FindingsSetting;
use crate::words;

/// What both together say.
pub fn policy(flags: &Judging, file: &FindingsSetting) -> Result<Policy, Failure> {
    let read = |deny: &[String], waive: &[String], origin: &str| {
        Policy::parse(deny, waive).map_err(|bad| refused(&bad, origin))
    };
    let configured = read(&file.deny, &file.waive, "poilift.toml [findings]")?;
    Ok(read(&flags.deny, &flags.waive, "--deny, --waive")?.over(&configured))
}

fn refused(bad: &BadPolicy, origin: &str) -> Failure {
    match bad {
        BadPolicy::Unknown(text) => Failure::usage(
            words!("{origin}: no finding has the code {text}"; "{origin}：没有代码为 {text} 的问题"),
            Some(words!("poilift explain lists all codes"; "poilift explain 可列出全部代码")),
        ),
        BadPolicy::Blocks(code) => Failure::usage(
            words!("{origin}: {code} blocks, and only warnings (W…) can be waived"; "{origin}：{code} 会阻止提交，只能忽略警告（W…）"),
            Some(
                words!("see what it is and how to mend it: poilift explain {code}"; "请查看含义和处理方法：poilift explain {code}"),
            ),
        ),
        BadPolicy::Both(code) => Failure::usage(
            words!("{origin}: {code} is both denied and waived"; "{origin}：{code} 同时被禁止和忽略"),
            Some(words!("keep one of the two"; "请只保留其中一种")),
        ),
    }
}
