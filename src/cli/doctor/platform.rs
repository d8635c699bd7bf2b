//! The way to the platform, step by step, in words.

use super::line::Line;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::read_clocks;
use crate::pipeline::{Examination, PlatformSettings};
use crate::store::{Stamp, Words};
use crate::wechat::{Knock, KnockError, ReadError, TokenError, authority, is_loopback};
use crate::wire::answer::{DailyQuota, Quota};
use crate::wire::errors::named_address;
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// A clock so far from the platform's makes certificates and tokens look expired, and reports wrong.
const SKEW_MAX_S: u64 = 60;

/// The lines, in the order of the way.
pub fn lines(found: &Examination, proxy: Option<&str>, reached: &PlatformSettings) -> Vec<Line> {
    let (base, errors) = (&reached.transport.api_base, &reached.errors);
    let mut lines = vec![proxy_line(proxy, is_loopback(base))];
    lines.extend(found.addresses.as_ref().map(|known| dns(base, known)));
    lines.extend(found.knock.iter().flat_map(|knock| connection(base, knock)));
    if found.token_ends_others {
        lines.push(token_untried());
    }
    lines.extend(found.token.iter().flat_map(|token| credentials(token, errors)));
    lines.extend(found.old_stores.as_ref().map(|found| old_stores(found, errors)));
    lines.extend(found.audit.as_ref().map(|audit| match audit {
        Ok(audit) if audit.status == 1 => {
            Line::good("approval", words!("the store mini-program is approved"; "门店小程序已审核通过"))
        }
        Ok(audit) => Line::failed("approval", Failure::of_run(unapproved(audit), errors)),
        Err(error) => Line::failed("approval", Failure::of_read(error, errors)),
    }));
    lines.extend(found.new_stores.as_ref().map(|total| match total {
        Ok(n) => Line::good("new_stores", words!("allowed; it has {n} stores now"; "有权限；现有 {n} 家门店")),
        Err(error) => Line::failed("new_stores", Failure::of_read(error, errors)),
    }));
    lines.extend(found.quotas.iter().map(|(endpoint, quota)| quota_line(*endpoint, quota)));
    lines.extend(untried(found));
    lines
}

fn unapproved(audit: &crate::wire::answer::MerchantAudit) -> crate::pipeline::PipelineError {
    crate::pipeline::PipelineError::NotApproved(audit.clone())
}

fn proxy_line(proxy: Option<&str>, loopback: bool) -> Line {
    match proxy {
        None => Line::good(
            "proxy",
            words!("none; the environment's proxies are not used (set proxy in poilift.toml)"; "未使用；不读取环境变量中的代理（可在 poilift.toml 设置 proxy）"),
        ),
        Some(proxy) if loopback => {
            Line::good("proxy", words!("{proxy} is not used for this machine"; "访问本机时不使用 {proxy}"))
        }
        Some(proxy) => Line::good("proxy", words!("through {proxy}, which resolves names"; "经 {proxy}，由其解析域名")),
    }
}

fn dns(base: &str, known: &Result<Vec<std::net::SocketAddr>, String>) -> Line {
    let host = authority(base);
    match known {
        Ok(addresses) => {
            let shown = addresses.iter().take(3).map(|at| at.ip().to_string()).collect::<Vec<_>>().join(", ");
            Line::good("dns", words!("{host} is {shown}"; "{host} 解析为 {shown}"))
        }
        Err(why) => Line::bad(
            "dns",
            Exit::Continue,
            words!("{host} has no address: {why}"; "{host} 无法解析：{why}"),
            words!("check api_base, and the network and DNS of this machine; behind a proxy, set proxy"; "请检查 api_base 以及本机网络与 DNS；若需代理请设置 proxy"),
        ),
    }
}

/// The connection, its encryption, and the clock, which only an answer tells.
fn connection(base: &str, knock: &Result<Knock, KnockError>) -> Vec<Line> {
    let encrypted = base.starts_with("https");
    match knock {
        Ok(Knock { took, date, .. }) => {
            let ms = took.as_millis();
            let mut lines = vec![Line::good("connection", words!("an answer after {ms} ms"; "{ms} ms 后收到应答"))];
            lines.push(if encrypted {
                Line::good("tls", words!("the certificate is trusted"; "证书可信"))
            } else {
                Line::good("tls", words!("none: plain http to this machine"; "无：以 http 访问本机"))
            });
            lines.push(clock(*date, read_clocks().wall));
            lines
        }
        Err(KnockError::Tls(why)) => vec![Line::bad(
            "tls",
            Exit::Continue,
            words!("the encrypted connection is refused: {why}"; "TLS 连接失败：{why}"),
            words!(
                "where a company's gateway signs certificates, set ca_file to its root; else check the clock of this machine, and \
                 that api_base is the platform's address";
                "若公司网关替换了证书，请将 ca_file 设为其根证书；否则请检查本机时钟以及 api_base 是否正确"
            ),
        )],
        Err(error) => vec![Line::bad(
            "connection",
            Exit::Continue,
            words!("{error}"; "无法连接：{error}"),
            words!("check the network, the firewall, and whether a proxy must be set"; "请检查网络、防火墙，以及是否需要设置 proxy"),
        )],
    }
}

fn clock(date: Option<Stamp>, here: Stamp) -> Line {
    let Some(there) = date else {
        return Line::skipped("clock", words!("the platform does not tell its time"; "平台未返回时间"));
    };
    let seconds = here.since(there).max(there.since(here)).as_secs();
    let ahead = here > there;
    // The date of an answer has whole seconds, and the answer took its time.
    let said = match (seconds, ahead) {
        (0..=2, _) => words!("agrees with the platform's"; "与平台一致"),
        (_, true) => words!("{seconds} s ahead of the platform's"; "比平台快 {seconds} 秒"),
        (_, false) => words!("{seconds} s behind the platform's"; "比平台慢 {seconds} 秒"),
    };
    if seconds <= SKEW_MAX_S {
        return Line::good("clock", said);
    }
    let hint = words!("set the clock (chronyc makestep, or the system's settings)"; "请校准本机时间（chronyc makestep 或系统设置）");
    Line::warning("clock", said, hint)
}

fn token_untried() -> Line {
    Line::warning(
        "credentials",
        words!(
            "not tried: token_endpoint = \"token\" logs every other system of this account out, and a look must not do that";
            "未尝试：token_endpoint = \"token\" 会使该账号的其他系统掉线，检查时不应如此"
        ),
        words!("use stable (the default), or a token held elsewhere"; "请使用 stable（默认），或由其他系统提供 access_token"),
    )
}

/// Credentials, and whether this machine is let in: the platform says so where it is asked for a token.
fn credentials(token: &Result<(), TokenError>, errors: &ErrorTable) -> Vec<Line> {
    let error = match token {
        Ok(()) => return vec![Line::good("credentials", words!("there is an access token"; "已取得 access_token"))],
        Err(error) => error,
    };
    let failure = Failure::of_read(&ReadError::Token(error.clone()), errors);
    match error {
        TokenError::Refused { errcode: errcode @ (40164 | 45032 | 45035), errmsg, .. } => {
            vec![not_let_in(*errcode, errmsg, failure)]
        }
        _ => vec![Line::failed("credentials", failure)],
    }
}

/// The allow-list's line names the address that the platform saw.
fn not_let_in(errcode: i64, errmsg: &str, failure: Failure) -> Line {
    let Some(address) = named_address(errcode, errmsg) else { return Line::failed("allow_list", failure) };
    Line {
        hint: Some(words!(
            "add {address} to the IP allow-list in the account's console; or borrow a token from a machine that is on it: \
             access_token_command = \"ssh THAT-MACHINE print-token\" in poilift.toml";
            "请在公众平台把 {address} 加入 IP 白名单；或借用白名单机器上的 token：在 poilift.toml 设置 access_token_command = \"ssh 该机器 打印token的命令\""
        )),
        ..Line::failed("allow_list", failure)
    }
}

fn old_stores(found: &Result<Option<u64>, ReadError>, errors: &ErrorTable) -> Line {
    match found {
        Ok(Some(n)) => {
            Line::good("old_stores", words!("allowed; the list has {n} stores"; "有权限；列表共 {n} 家门店"))
        }
        Ok(None) => Line::good("old_stores", words!("allowed"; "有权限")),
        Err(error) => {
            let failure = Failure::of_read(error, errors);
            match error {
                ReadError::Refused { errcode: errcode @ (40164 | 45032 | 45035), errmsg, .. } => {
                    not_let_in(*errcode, errmsg, failure)
                }
                _ => Line::failed("old_stores", failure),
            }
        }
    }
}

fn quota_line(endpoint: Endpoint, quota: &Result<Quota, ReadError>) -> Line {
    let untold = |said: Words| {
        Line::warning(
            "quota",
            said,
            words!("say it under [quota] in poilift.toml if you know it; --rate for the pace"; "如已知请写入 poilift.toml 的 [quota]；速率用 --rate"),
        )
    };
    let (limit, remain) = match quota {
        Ok(Quota { daily: Some(DailyQuota { limit: Some(limit), remain: Some(remain), .. }), .. }) => (*limit, *remain),
        Ok(_) => {
            return untold(words!("{endpoint}: the platform tells no daily limit"; "{endpoint}：平台未返回每日额度"));
        }
        Err(error) => return untold(words!("{endpoint}: {error}"; "{endpoint}：{error}")),
    };
    let said = words!("{endpoint}: {remain} of {limit} calls left today"; "{endpoint}：今日剩余 {remain}/{limit} 次");
    if remain > 0 {
        return Line::good("quota", said);
    }
    let hint = words!("it returns with the platform's next day (midnight, UTC+8)"; "平台次日（北京时间零点）恢复");
    Line::warning("quota", said, hint)
}

/// What was not reached behind a failure.
fn untried(found: &Examination) -> Vec<Line> {
    let steps: [(&'static str, bool); 5] = [
        ("connection", found.knock.is_some()),
        ("credentials", found.token.is_some() || found.token_ends_others),
        ("old_stores", found.old_stores.is_some()),
        ("approval", found.audit.is_some()),
        ("quota", !found.quotas.is_empty()),
    ];
    let why = || words!("not tried, because of the above"; "因上述问题未尝试");
    steps.into_iter().filter(|(_, tried)| !tried).map(|(key, _)| Line::skipped(key, why())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::line::Health;

    #[test]
    fn a_clock_that_is_off_is_told_in_both_directions() {
        let at = |ms: i64| Some(Stamp(ms));
        assert_eq!(clock(at(0), Stamp(1_500)).said.en, "agrees with the platform's");
        assert_eq!(clock(at(0), Stamp(90_000)).said.en, "90 s ahead of the platform's");
        assert_eq!(clock(at(90_000), Stamp(0)).said.en, "90 s behind the platform's");
        assert_eq!(clock(at(90_000), Stamp(0)).health, Health::Warning);
        assert_eq!(clock(None, Stamp(0)).health, Health::Skipped);
    }

    #[test]
    fn the_address_that_is_not_let_in_is_named_with_the_way_around() {
        let refused = TokenError::Refused {
            endpoint: Endpoint::StableToken,
            errcode: 40164,
            errmsg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist".to_owned(),
            rid: None,
        };
        let line = &credentials(&Err(refused), &ErrorTable::default())[0];
        assert_eq!((line.key, line.health), ("allow_list", Health::Bad(Exit::Account)));
        let hint = line.hint.as_ref().unwrap();
        assert!(hint.en.contains("add 203.0.113.7") && hint.en.contains("access_token_command"), "{}", hint.en);
    }
}
