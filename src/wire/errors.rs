//! What an errcode means where: one table from (endpoint, errcode) to what happens next and what a person can do.
//!
//! Sources: the API document's tables of errcodes and the platform's global return codes. A code that is not in the
//! table is [`Class::FixRow`] with the platform's own words, never a retry. A list of rows of one shape.

use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::store::Words;

/// What an error means for what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It is already so.
    Done,
    /// Not done; goes again after a pause.
    Retry,
    /// Not done, and not allowed yet; goes again later.
    NotYet,
    /// Not done: the access token is refused; a new one, then again.
    RefreshToken,
    /// Not done: too fast.
    SlowDown,
    /// Not done: the day's calls of this endpoint are spent.
    QuotaSpent,
    /// Refused for what the row says.
    FixRow,
    /// Nobody knows whether it was done: the platform is read.
    Ambiguous,
    /// Not done, and no other call of this endpoint will be.
    StopEndpoint,
    /// Not done, and nothing of this account will be.
    StopAccount,
}

/// Where a row of the table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Any,
    Only(Endpoint),
    Tokens,
    Writes,
}

impl Scope {
    fn holds(self, endpoint: Endpoint) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == endpoint,
            Self::Tokens => endpoint.is_token(),
            Self::Writes => endpoint.is_write(),
        }
    }

    /// A narrower scope wins over a wider one.
    fn rank(self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Tokens | Self::Writes => 1,
            Self::Only(_) => 2,
        }
    }
}

struct Row(Scope, i64, Class, &'static str, &'static str);

use Class as C;
use Endpoint as E;
use Scope::{Any, Only, Tokens, Writes};

const TABLE: &[Row] = &[
    Row(Any, -1, C::Retry, "the platform is busy; it is asked again", "系统繁忙，稍后自动重试"),
    Row(
        Writes,
        -1,
        C::Ambiguous,
        "the platform is busy; whether it acted is found out by reading",
        "系统繁忙，通过查询核实是否已生效",
    ),
    // Tokens and credentials.
    Row(
        Any,
        40001,
        C::RefreshToken,
        "the access token is no longer valid; a new one is fetched",
        "access_token 已失效，自动重新获取",
    ),
    Row(
        Any,
        40014,
        C::RefreshToken,
        "the access token is not valid; a new one is fetched",
        "access_token 不合法，自动重新获取",
    ),
    Row(
        Any,
        42001,
        C::RefreshToken,
        "the access token has expired; a new one is fetched",
        "access_token 已过期，自动重新获取",
    ),
    Row(
        Tokens,
        40001,
        C::StopAccount,
        "the appsecret is wrong: check secret_file or POILIFT_SECRET",
        "AppSecret 错误：请检查 secret_file 或 POILIFT_SECRET",
    ),
    Row(
        Any,
        40002,
        C::StopAccount,
        "the grant type is refused: check appid and account type",
        "凭证类型不合法：请检查 appid 与账号类型",
    ),
    Row(Any, 40013, C::StopAccount, "the appid is not valid: check appid", "appid 不合法：请检查 appid"),
    Row(
        Any,
        40125,
        C::StopAccount,
        "the appsecret is not valid: check secret_file or POILIFT_SECRET",
        "AppSecret 不合法：请检查 secret_file 或 POILIFT_SECRET",
    ),
    Row(
        Any,
        40164,
        C::StopAccount,
        "this machine's address is not on the account's IP allow-list: add it in the console, or borrow a token from a listed machine",
        "本机 IP 不在白名单：请在公众平台添加，或使用白名单机器上的 token",
    ),
    Row(
        Any,
        45032,
        C::StopAccount,
        "this machine's address is not on the account's IP allow-list",
        "本机 IP 不在白名单",
    ),
    Row(Any, 45035, C::StopAccount, "this machine's address is not registered for the account", "本机 IP 未登记"),
    Row(
        Any,
        40243,
        C::StopAccount,
        "the appsecret is frozen: unfreeze it in the console",
        "AppSecret 已冻结：请在公众平台解冻",
    ),
    Row(Any, 41001, C::StopAccount, "no access token arrived at the platform", "请求缺少 access_token"),
    Row(Any, 41002, C::StopAccount, "no appid given", "缺少 appid"),
    Row(Any, 41004, C::StopAccount, "no appsecret given", "缺少 AppSecret"),
    Row(Any, 41018, C::StopAccount, "the component's authorisation is missing", "缺少第三方平台授权信息"),
    Row(
        Any,
        42002,
        C::StopAccount,
        "the refresh token has expired: authorise again",
        "refresh_token 已过期：请重新授权",
    ),
    Row(Any, 42005, C::StopAccount, "the interface's use has expired", "接口使用权限已过期"),
    Row(
        Any,
        42006,
        C::StopAccount,
        "the component's token has expired: refresh it where it is held",
        "component_access_token 已过期：请在持有方刷新",
    ),
    Row(
        Any,
        42007,
        C::StopAccount,
        "the account's password was changed: authorise again",
        "用户修改了密码，授权失效：请重新授权",
    ),
    Row(Any, 89501, C::StopAccount, "an administrator has to confirm this machine first", "需要管理员确认"),
    Row(Any, 89502, C::StopAccount, "an administrator has to confirm this machine first", "需要管理员确认"),
    Row(
        Any,
        89503,
        C::StopAccount,
        "an administrator has to confirm this call: ask them to accept the message on their phone",
        "此次调用需要管理员确认：请管理员在手机上确认",
    ),
    Row(Any, 89504, C::StopAccount, "an administrator has to confirm this machine first", "需要管理员确认"),
    Row(Any, 89505, C::StopAccount, "an administrator has to confirm this machine first", "需要管理员确认"),
    Row(
        Any,
        89506,
        C::StopAccount,
        "an administrator refused this machine; the platform lets it ask again after 24 hours",
        "管理员已拒绝，24 小时后才能再次请求",
    ),
    Row(
        Any,
        89507,
        C::StopAccount,
        "an administrator refused this machine; the platform lets it ask again after 1 hour",
        "管理员已拒绝，1 小时后才能再次请求",
    ),
    // The account as a whole.
    Row(Any, 43104, C::StopAccount, "the account has no permission for this", "该账号没有权限"),
    Row(
        Any,
        48001,
        C::StopAccount,
        "the account has no permission for this interface: check it in the console",
        "该账号没有此接口权限：请在公众平台检查",
    ),
    Row(
        Any,
        48004,
        C::StopAccount,
        "the interface is banned for this account: see the notices in the console",
        "接口被封禁：请查看公众平台通知",
    ),
    Row(Any, 48009, C::StopAccount, "the platform has closed this interface", "平台已关闭此接口"),
    Row(
        Only(E::Getpoilist),
        48009,
        C::StopEndpoint,
        "the platform has closed the old list",
        "平台已关闭旧门店列表接口",
    ),
    Row(Any, 50001, C::StopAccount, "the account has not granted this interface", "用户未授权该接口"),
    Row(
        Any,
        50002,
        C::StopAccount,
        "the account is limited: see the notices in the console",
        "账号受限：请查看公众平台通知",
    ),
    Row(
        Any,
        50004,
        C::StopAccount,
        "the account may not use access tokens, maybe for a punishment",
        "账号禁止使用 access_token，可能因处罚",
    ),
    Row(Any, 61003, C::StopAccount, "the account has not authorised the component", "账号未授权给该第三方平台"),
    Row(
        Any,
        61004,
        C::StopAccount,
        "this machine's address is not registered for the component",
        "本机 IP 未在第三方平台登记",
    ),
    Row(
        Any,
        61007,
        C::StopAccount,
        "the account has not granted this permission to the component",
        "账号未把该权限授予第三方平台",
    ),
    Row(
        Any,
        61023,
        C::StopAccount,
        "the authorizer's refresh token is not valid: authorise again",
        "授权方 refresh_token 失效：请重新授权",
    ),
    Row(
        Any,
        85053,
        C::StopAccount,
        "the store mini-program is not created yet: apply for it first",
        "请先成功创建门店小程序",
    ),
    // A fault of the program, or of what stands between it and the platform.
    Row(
        Any,
        40066,
        C::StopAccount,
        "the platform does not know this address: check api_base",
        "接口地址不存在：请检查 api_base",
    ),
    Row(
        Any,
        43001,
        C::StopAccount,
        "the platform wants GET here: report this as a fault of the program",
        "需要 GET 请求：请作为程序缺陷反馈",
    ),
    Row(
        Any,
        43002,
        C::StopAccount,
        "the platform wants POST here: report this as a fault of the program",
        "需要 POST 请求：请作为程序缺陷反馈",
    ),
    Row(Any, 43003, C::StopAccount, "the platform wants HTTPS: check api_base", "需要 HTTPS：请检查 api_base"),
    Row(
        Any,
        44002,
        C::StopAccount,
        "an empty body arrived: something on the way drops it",
        "POST 数据为空：请检查中间代理",
    ),
    Row(
        Any,
        40033,
        C::StopEndpoint,
        "the platform refuses the characters of the request: report this as a fault of the program",
        "请求含非法字符：请作为程序缺陷反馈",
    ),
    Row(
        Any,
        47002,
        C::StopEndpoint,
        "the platform refuses how the request is written: report this as a fault of the program",
        "请求格式不被接受：请作为程序缺陷反馈",
    ),
    // Limits.
    Row(
        Any,
        45009,
        C::QuotaSpent,
        "the day's calls are spent; it goes on when the platform's day turns",
        "当日调用次数已用完，次日自动继续",
    ),
    Row(Any, 45011, C::SlowDown, "too many calls in a minute; the rate is lowered", "调用过于频繁，自动降速"),
    Row(Any, 48006, C::StopEndpoint, "the quota may not be cleared again this month", "本月清零次数已用完"),
    Row(
        Only(E::AddStore),
        85042,
        C::StopEndpoint,
        "the number of nearby places is at its limit: nothing more can be added until some are removed",
        "附近地点数量已达上限：删除部分后才能继续添加",
    ),
    Row(
        Any,
        85049,
        C::StopEndpoint,
        "the month's changes of head image or introduction are spent",
        "头像或简介本月修改次数已用完",
    ),
    Row(Any, 85050, C::StopEndpoint, "an application is in review already", "正在审核中，请勿重复提交"),
    // One store.
    Row(
        Only(E::AddStore),
        85038,
        C::Ambiguous,
        "the platform has this store already; what it shows is read before anything counts",
        "门店重复：先查询平台状态再下结论",
    ),
    Row(
        Only(E::AddStore),
        85040,
        C::Ambiguous,
        "the store is bound already; what the platform shows is read before anything counts",
        "门店已绑定：先查询平台状态再下结论",
    ),
    Row(Any, 85038, C::FixRow, "the platform has this store already", "请勿添加重复门店"),
    Row(Any, 85040, C::FixRow, "the store is bound already", "此门店已被绑定"),
    Row(
        Any,
        85039,
        C::FixRow,
        "the store cannot be taken over in its present state: look at it in the console",
        "此门店状态不能被获取信息：请在公众平台查看",
    ),
    Row(
        Any,
        85041,
        C::FixRow,
        "another store uses this credential already: give each store its own licence number",
        "该经营资质已被其他门店使用：请为每家门店填写各自的证件号",
    ),
    Row(Any, 85054, C::FixRow, "the row lacks its poi_id while the upgrade is unfinished", "升级未完成，须填写 poi_id"),
    Row(
        Any,
        85055,
        C::FixRow,
        "map_poi_id is not valid: look the point up again with search_map_poi",
        "map_poi_id 无效：请用 search_map_poi 重新查找",
    ),
    Row(
        Any,
        85056,
        C::FixRow,
        "a temporary media id is not valid or has expired: upload the file again",
        "临时 mediaid 无效或已过期：请重新上传",
    ),
    Row(
        Any,
        85024,
        C::FixRow,
        "the name needs further papers: org_code and other_files",
        "名称需要补充资料：org_code 与 other_files",
    ),
    Row(
        Any,
        47001,
        C::FixRow,
        "the platform cannot read the request: check ids and types of this row",
        "数据格式错误：请检查该行的编号与类型",
    ),
    Row(Any, 40097, C::FixRow, "a value is not accepted: check the row's fields", "参数有误：请检查该行字段"),
    Row(Any, 40098, C::FixRow, "the poi_id is not valid", "poi_id 无效"),
    Row(Any, 40004, C::FixRow, "the file's type is not accepted", "媒体文件类型不支持"),
    Row(Any, 40005, C::FixRow, "the file's type is not accepted", "文件类型不支持"),
    Row(Any, 40006, C::FixRow, "the file's size is not accepted", "文件大小不支持"),
    Row(Any, 40007, C::FixRow, "a media id is not valid: upload the file again", "mediaid 无效：请重新上传"),
    Row(Any, 40009, C::FixRow, "the picture is empty or over 1 MB", "图片为空或超过 1 MB"),
    Row(Any, 41005, C::FixRow, "no file arrived", "缺少文件"),
    Row(Any, 41006, C::FixRow, "a media id is missing", "缺少 mediaid"),
    Row(Any, 44001, C::FixRow, "the file is empty", "文件为空"),
    Row(Any, 45001, C::FixRow, "the file is too large", "文件过大"),
    Row(Any, 45002, C::FixRow, "a text is too long", "内容过长"),
    Row(Any, 46005, C::FixRow, "the platform knows no such store", "门店不存在"),
    Row(
        Only(E::Delpoi),
        46005,
        C::Ambiguous,
        "the platform knows no such store; it is read before it counts as deleted",
        "门店不存在：先查询核实再视为已删除",
    ),
    Row(Any, 65104, C::FixRow, "the categories are not valid", "门店类目无效"),
    Row(Any, 65105, C::FixRow, "a picture's URL is not from uploadimg", "图片地址不是 uploadimg 返回的"),
    Row(Any, 65106, C::NotYet, "the old store has to be approved first", "门店须先通过审核"),
    Row(Any, 65107, C::NotYet, "the store is being changed; it goes again later", "门店正在修改中，稍后重试"),
    Row(Any, 65109, C::FixRow, "the store's name is empty", "门店名称为空"),
    Row(Any, 65110, C::FixRow, "the address is not valid", "地址无效"),
    Row(Any, 65111, C::FixRow, "the telephone is not valid", "电话无效"),
    Row(Any, 65112, C::FixRow, "the city is not valid", "城市无效"),
    Row(Any, 65113, C::FixRow, "the province is not valid", "省份无效"),
    Row(Any, 65114, C::FixRow, "there are no pictures", "图片列表为空"),
    Row(Any, 65115, C::FixRow, "the platform knows no such store", "门店不存在"),
    Row(Only(E::Delpoi), 65115, C::Done, "the store is gone already", "门店已不存在"),
    Row(Any, 65116, C::FixRow, "the store has been deleted", "门店已被删除"),
    Row(Only(E::Delpoi), 65116, C::Done, "the store is gone already", "门店已被删除"),
    Row(
        Any,
        65117,
        C::NotYet,
        "the store cannot be deleted now (in review, or bound elsewhere); it goes again later",
        "暂不能删除（审核中或被占用），稍后重试",
    ),
    Row(Any, 65118, C::NotYet, "the store's state does not allow this yet", "门店状态暂不允许此操作"),
    Row(
        Any,
        65119,
        C::FixRow,
        "papers of the company are missing: give company_name and qualification_list",
        "缺少主体资质：请填写 company_name 与 qualification_list",
    ),
    Row(Any, 65120, C::FixRow, "the category is not found", "类目不存在"),
];

/// What `errcode` from `endpoint` means for what happens next.
#[must_use]
pub fn class(endpoint: Endpoint, errcode: i64) -> Class {
    row(endpoint, errcode).map_or(Class::FixRow, |row| row.2)
}

/// What a person can do about `errcode` from `endpoint`; `None` if the code is not known.
#[must_use]
pub fn advice(endpoint: Endpoint, errcode: i64) -> Option<Words> {
    row(endpoint, errcode).map(|row| Words { en: row.3.to_owned(), zh: row.4.to_owned() })
}

/// Whether `errcode` says that the platform has such a store already: what it means for this one is known only by reading.
#[must_use]
pub fn says_duplicate(errcode: i64) -> bool {
    matches!(errcode, 85038 | 85040)
}

/// Whether `errcode` of a reading by key says that there is no such store.
#[must_use]
pub fn says_gone(errcode: i64) -> bool {
    matches!(errcode, 40098 | 46005 | 65115 | 65116)
}

fn row(endpoint: Endpoint, errcode: i64) -> Option<&'static Row> {
    TABLE.iter().filter(|row| row.1 == errcode && row.0.holds(endpoint)).max_by_key(|row| row.0.rank())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_speak_of_the_same_endpoint_and_code() {
        for endpoint in Endpoint::ALL {
            for row in TABLE.iter().filter(|row| row.0.holds(endpoint)) {
                let same = TABLE
                    .iter()
                    .filter(|other| other.1 == row.1 && other.0.rank() == row.0.rank() && other.0.holds(endpoint));
                assert_eq!(same.count(), 1, "{endpoint} {}", row.1);
            }
        }
    }

    #[test]
    fn the_same_code_means_what_its_endpoint_makes_of_it() {
        assert_eq!(class(E::AddStore, 40001), C::RefreshToken);
        assert_eq!(class(E::StableToken, 40001), C::StopAccount);
        assert_eq!(class(E::Delpoi, 65115), C::Done);
        assert_eq!(class(E::AddStore, 65115), C::FixRow);
        assert_eq!(class(E::AddStore, -1), C::Ambiguous);
        assert_eq!(class(E::Getpoilist, -1), C::Retry);
        assert_eq!(class(E::AddStore, 85040), C::Ambiguous);
        assert_eq!(class(E::AddStore, 85042), C::StopEndpoint);
    }

    #[test]
    fn an_unknown_code_is_the_rows_and_is_never_sent_again() {
        assert_eq!(class(E::AddStore, 99999), C::FixRow);
        assert_eq!(advice(E::AddStore, 99999), None);
    }

    #[test]
    fn every_code_of_the_api_document_for_add_store_is_in_the_table() {
        for code in [-1, 85038, 85039, 85040, 85041, 85042, 85054, 85055, 85056] {
            assert!(advice(E::AddStore, code).is_some(), "{code}");
        }
    }
}
