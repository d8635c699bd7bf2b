//! The one conversion from an error to what a person reads: what happened, why, what to do next, and the exit code.

use super::exit::Exit;
use crate::config::ConfigError;
use crate::engine::EngineError;
use crate::intake::IntakeError;
use crate::pipeline::{PipelineError, codes_listed};
use crate::reconcile::PassError;
use crate::sandbox::SandboxError;
use crate::store::Words;
use crate::wechat::{ReadError, TokenError};
use crate::wire::errors::Meaning;
use crate::wire::{Class, ErrorTable};
use crate::words;

/// What a person reads of an error.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What happened, where, and why.
    pub words: Words,
    /// What to do next.
    pub hint: Option<Words>,
    /// How the program ends.
    pub exit: Exit,
}

impl Failure {
    /// A use that makes no sense.
    #[must_use]
    pub fn usage(words: Words, hint: Option<Words>) -> Self {
        Self { words, hint, exit: Exit::Usage }
    }

    /// A failure of the machine's.
    #[must_use]
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.display();
        Self {
            words: words!("cannot {doing} {path}: {error}"; "无法处理 {path}（{doing}）：{error}"),
            hint: Some(
                words!("check the disk's space and permissions, then run the same command again"; "请检查磁盘空间与权限，然后重新运行同一命令"),
            ),
            exit: Exit::Internal,
        }
    }
}

impl Failure {
    /// The same, with what it is about before it.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        let Words { en, zh } = self.words;
        Self { words: Words { en: format!("{what}: {en}"), zh: format!("{what}：{zh}") }, ..self }
    }
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        Self::usage(error.words(), Some(error.hint()))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let text = with_causes(&error);
        let hint = match &error {
            ConfigError::Read { .. } => {
                words!("check that the file is there and may be read, then run the same command again"; "请检查该文件是否存在、可读，然后重新运行同一命令")
            }
            _ => {
                words!("mend what is named there, then run the same command again"; "请更正所指之处，然后重新运行同一命令")
            }
        };
        Self::usage(words!("configuration: {text}"; "配置有误：{text}"), Some(hint))
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        if let SandboxError::Push { url, why: (en, zh) } = &error {
            let words =
                words!("sandbox: events cannot be pushed to {url:?}: {en}"; "沙箱：无法向 {url:?} 推送事件：{zh}");
            return Self::usage(words, None);
        }
        let text = with_causes(&error);
        Self::usage(words!("sandbox: {text}"; "沙箱：{text}"), None)
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        Self::of_run(error, &ErrorTable::default())
    }
}

impl Failure {
    /// A run's failure, in the words of what errcodes mean for this account.
    #[must_use]
    pub fn of_run(error: PipelineError, errors: &ErrorTable) -> Self {
        let text = with_causes(&error);
        match error {
            PipelineError::Ledger(error) | PipelineError::Engine(EngineError::Ledger(error)) => error.into(),
            PipelineError::Intake(error) => error.into(),
            PipelineError::Read(error) | PipelineError::Pass(PassError::Read(error)) => Self::of_read(&error, errors),
            PipelineError::Images { path, source } => Self::usage(
                words!(
                    "--images {}: the folder cannot be read ({source}); nothing was sent";
                    "--images {}：无法读取该目录（{source}）；未提交任何内容", path.display()
                ),
                Some(
                    words!("name the folder that holds the photos, SID_1.jpg, SID_2.jpg …; without any from now on, name an empty one"; "请指定存放照片（SID_1.jpg、SID_2.jpg …）的目录；今后不再使用图片时请指定一个空目录"),
                ),
            ),
            PipelineError::Transport(_) => Self::usage(
                Words::same(text),
                Some(words!("check api_base, proxy and ca_file"; "请检查 api_base、proxy 与 ca_file")),
            ),
            PipelineError::Pass(PassError::Unsteady { .. }) => Self {
                words: words!("{text}"; "读取列表期间门店有变动，未能得到完整列表（{text}）"),
                hint: Some(
                    words!("run the same command again when nobody changes stores"; "请在无人修改门店时重新运行同一命令"),
                ),
                exit: Exit::Continue,
            },
            PipelineError::ListEmpty { expected, upgraded, .. } => list_empty(expected, upgraded),
            PipelineError::ListClosed { errcode, moved, listed, unread } => list_closed(errcode, moved, listed, unread),
            PipelineError::NotApproved(audit) => not_approved(audit.status, &audit.reason),
            PipelineError::Denied { codes } => Self::usage(
                words!(
                    "the denied {} belongs to no store that could be kept back; nothing was sent";
                    "已设为阻止提交的 {} 不属于任何门店，无法只暂缓相关门店；未提交任何内容", codes_listed(&codes)
                ),
                Some(words!(
                    "mend what is named above, or run it without --deny of that code (poilift explain {})";
                    "请处理上面列出的问题，或去掉对应的 --deny（poilift explain {}）", codes.first().map_or("", |code| code.as_str())
                )),
            ),
            PipelineError::Strict { blocked, unowned: 0 } => Self::usage(
                words!(
                    "{blocked} stores are blocked, and --strict was given; nothing was sent";
                    "{blocked} 家门店缺资料，且使用了 --strict；未提交任何内容"
                ),
                Some(words!("poilift check INPUT lists every finding"; "poilift check 可列出全部问题")),
            ),
            PipelineError::Strict { blocked, unowned } => Self::usage(
                words!("{text}; nothing was sent"; "{blocked} 家门店缺资料，另有 {unowned} 条问题不属于任何门店，且使用了 --strict；未提交任何内容"),
                Some(words!("poilift check INPUT lists every finding"; "poilift check 可列出全部问题")),
            ),
            PipelineError::TooManyDeletes { planned, allowed } => Self::usage(
                words!("{text}; nothing was sent"; "计划删除 {planned} 家，超过 --max-delete {allowed}；未提交任何内容"),
                Some(words!("look at the plan, then raise --max-delete"; "请核对计划后再提高 --max-delete")),
            ),
            PipelineError::NeedsYes { deletes } => Self::usage(
                words!("{text}"; "将删除 {deletes} 家门店，无法询问，且未使用 --yes；未提交任何内容"),
                Some(words!("run it on a terminal, or add --yes"; "请在终端中运行，或加上 --yes")),
            ),
            PipelineError::UnknownPoiId(ref id) => Self::usage(
                words!("{text}; nothing was sent"; "--poi-id {id} 不在本次范围内；未提交任何内容"),
                Some(words!("copy the poi_id from the list"; "请从列表中复制 poi_id")),
            ),
            PipelineError::Declined => {
                Self { words: words!("{text}"; "未确认，未提交任何内容"), hint: None, exit: Exit::Continue }
            }
            PipelineError::Illegal(_)
            | PipelineError::Engine(EngineError::Illegal(_) | EngineError::WorkerDied)
            | PipelineError::NotConnected => Self {
                words: words!("{text}"; "程序缺陷：{text}"),
                hint: Some(
                    words!("nothing more was sent; please report this with the log file"; "未再提交任何内容；请附日志文件反馈"),
                ),
                exit: Exit::Internal,
            },
        }
    }

    /// A reading's failure.
    pub(super) fn of_read(error: &ReadError, errors: &ErrorTable) -> Self {
        if matches!(error, ReadError::Stopped) {
            return Self {
                words: words!("stopped on request; nothing is under way"; "已按要求停止，没有进行中的请求"),
                hint: Some(words!("the same command goes on"; "重新运行同一命令即可继续")),
                exit: Exit::Continue,
            };
        }
        let text = error.to_string();
        let exit = match error.class(errors) {
            Class::StopAccount | Class::RefreshToken => Exit::Account,
            _ => Exit::Continue,
        };
        let known = match error {
            ReadError::Refused { endpoint, errcode, .. }
            | ReadError::Token(TokenError::Refused { endpoint, errcode, .. }) => errors.meaning(*endpoint, *errcode),
            _ => None,
        };
        let rid = match error {
            ReadError::Refused { rid: Some(rid), .. }
            | ReadError::Token(TokenError::Refused { rid: Some(rid), .. }) => {
                format!(" (rid {rid})")
            }
            _ => String::new(),
        };
        let said = |Meaning { means, advice, .. }: Meaning| Words {
            en: format!("{}: {}", means.en, advice.en),
            zh: format!("{}：{}", means.zh, advice.zh),
        };
        let hint = match (known.map(said), exit) {
            (Some(said), _) => said,
            (None, Exit::Account) => {
                words!("check appid, secret and access token"; "请检查 appid、secret 与 access_token")
            }
            (None, _) => words!("run the same command again later"; "请稍后重新运行同一命令"),
        };
        Self { words: words!("the platform: {text}{rid}"; "平台：{text}{rid}"), hint: Some(hint), exit }
    }
}

/// The old interface may have closed; what it still had under way is to be seen in the new one.
fn list_closed(errcode: i64, moved: usize, listed: u64, unread: usize) -> Failure {
    Failure {
        words: words!(
            "the platform refuses the old list and its stores by key ({errcode}); {unread} stores stay as they are. The store \
             mini-program lists {listed}, the ledger has {moved} that have moved";
            "平台拒绝返回旧门店列表，也无法按 poi_id 查询（{errcode}）；{unread} 家门店状态不变。门店小程序现有 {listed} 家，账本中已迁移 {moved} 家"
        ),
        hint: Some(words!(
            "if the upgrade is complete, look the stores up in the store mini-program and settle them: poilift accept POI_ID \
             --reason TEXT; else run the same command later";
            "若升级已完成，请在门店小程序后台核对后用 poilift accept POI_ID --reason 说明 确认；否则稍后重新运行同一命令"
        )),
        exit: Exit::Continue,
    }
}

fn list_empty(expected: usize, upgraded: Option<u64>) -> Failure {
    let witness = match upgraded {
        Some(n) => words!("; get_store_list shows {n} stores"; "；get_store_list 显示 {n} 家门店"),
        None => words!("; get_store_list does not answer either"; "；get_store_list 也没有应答"),
    };
    Failure {
        words: Words {
            en: format!("the platform's list is empty although {expected} stores are known{}", witness.en),
            zh: format!("已知 {expected} 家门店，但平台列表为空{}", witness.zh),
        },
        hint: Some(words!(
            "nothing was sent and no store is taken for gone; check appid, and run the same command again later";
            "未提交任何内容，也未把任何门店视为消失；请检查 appid，稍后重新运行同一命令"
        )),
        exit: Exit::Continue,
    }
}

fn not_approved(status: i64, reason: &str) -> Failure {
    let state = match status {
        0 => words!("no application was made"; "尚未提交申请"),
        2 => words!("the application is in review"; "申请正在审核中"),
        3 => words!("the application failed: {reason}"; "申请未通过：{reason}"),
        4 => words!("the account's administrator refused: {reason}"; "管理员已拒绝：{reason}"),
        other => words!("audit status {other}: {reason}"; "审核状态 {other}：{reason}"),
    };
    Failure {
        words: Words {
            en: format!("the store mini-program is not approved, so no store can move: {}", state.en),
            zh: format!("门店小程序尚未审核通过，无法迁移门店：{}", state.zh),
        },
        hint: Some(words!(
            "apply for the store mini-program in the console of the account (or by poilift merchant apply), and come back once it is approved";
            "请在公众平台（或通过 poilift merchant apply）申请门店小程序，审核通过后再运行"
        )),
        exit: Exit::Account,
    }
}

/// An error with its causes; a cause that its error already tells is not told twice.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let this = error.to_string();
        if !text.contains(&this) {
            text = format!("{text}: {this}");
        }
        cause = error.source();
    }
    text
}
